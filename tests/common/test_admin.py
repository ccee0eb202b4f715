"""The admin as a whole: every list opens, private words stay out of it, and nothing in it can be changed in passing."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common import audit, outbox
from common.admin import ReadOnlyAdmin
from common.models import OutboxDelivery, User
from generation.models import Account
from licensing.licences import grants
from tests import factories

pytestmark = pytest.mark.django_db
OURS = {"common", "generation", "licensing", "marketplace"}
SHOWN_ONLY = sorted(
    (model for model, shown in admin.site._registry.items() if isinstance(shown, ReadOnlyAdmin)),
    key=lambda model: model._meta.label,
)


@pytest.fixture
def staff(client: Client) -> User:
    person = factories.user("operator", is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def _rows() -> None:
    work = factories.artwork()
    commission = factories.commission(brief="For my mother's birthday.")
    factories.papers(work.piece)
    grants.grant(
        piece=work.piece,
        template=factories.template(),
        holder=commission.commissioner,
        holder_email="buyer@example.org",
        work_title=work.title,
        edition_number=1,
        edition_size=5,
        source=f"sale {work.pk}",
    )
    event = outbox.emit("test.topic")
    OutboxDelivery.objects.create(event=event, handler="test")


@pytest.mark.parametrize("model", SHOWN_ONLY, ids=lambda model: model._meta.label)
def test_every_list_and_row_opens_and_nothing_can_be_added_or_deleted(model: type, client: Client, staff: User) -> None:
    _rows()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    assert client.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    row = model._default_manager.first()  # type: ignore[attr-defined]
    if row is not None:
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert model._default_manager.filter(pk=row.pk).exists()  # type: ignore[attr-defined]


def test_everything_of_ours_but_people_and_their_quotas_is_only_shown() -> None:
    registered = {model for model in admin.site._registry if model._meta.app_label in OURS}
    assert registered - set(SHOWN_ONLY) == {User, Account}


def test_private_words_are_not_in_the_admin(client: Client, staff: User) -> None:
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, seed=918_273_645, prompt="for my mother"))
    commission = factories.commission(brief="For my mother's birthday.")
    for row in (piece, piece.slot.job, commission):
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        page = client.get(address).content.decode()
        assert "mother" not in page
        assert "918273645" not in page


@pytest.mark.parametrize(
    ("address", "make"),
    [
        ("/admin/generation/piece/", lambda: factories.piece(factories.user())),
        ("/admin/generation/job/", lambda: factories.piece(factories.user())),
        ("/admin/marketplace/commission/", factories.commission),
        ("/admin/marketplace/artwork/", factories.artwork),
        ("/admin/common/auditline/", lambda: audit.record(action="x", subject=factories.user(), role="house")),
        ("/admin/licensing/grant/", _rows),
    ],
)
def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    address: str, make: Callable[[], object], client: Client, staff: User
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(2):
            make()
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_making_somebody_a_reviewer_leaves_an_audit_line(client: Client, staff: User) -> None:
    person = factories.user("ida")
    form = {"username": "ida", "email": "ida@example.org", "is_active": "on", "is_staff": "on"}
    times = {"date_joined_0": "2026-11-23", "date_joined_1": "09:00:00", "last_login_0": "", "last_login_1": ""}
    response = client.post(reverse("admin:common_user_change", args=[person.pk]), {**form, **times})
    assert response.status_code == 302
    person.refresh_from_db()
    assert person.is_staff
    line = audit.history(person)[-1]
    assert (line.action, line.actor, line.role) == ("user.changed", staff, "staff")


def test_deleting_a_group_of_rights_leaves_an_audit_line(client: Client, staff: User) -> None:
    group = Group.objects.create(name="Reviewers")
    client.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    assert not Group.objects.exists()
    assert [(line.action, line.actor) for line in audit.history(group)] == [("group.deleted", staff)]
