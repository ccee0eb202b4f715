"""The reviewer's desk in the admin: what it shows, to whom, and that it decides only through `reviews`."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from common import audit
from common.models import AuditLine, User
from generation import inputs
from generation.models import JobInput
from licensing.models import Review
from licensing.rights import reviews, withdrawals
from tests import factories
from tests.generation.test_inputs import picture
from tests.withdrawing import begun, made, trained

pytestmark = pytest.mark.django_db
LIST = "/admin/licensing/review/"


def _submitted(*, commercial_output: bool = True, prompt: str = "") -> Review:
    person = factories.user()
    model = factories.checkpoint(commercial_output=commercial_output)
    piece = factories.piece(person, of=factories.job(person, model=model, prompt=prompt))
    factories.papers(piece)
    return reviews.submit(piece=piece, by=person)


def _desk(review: Review) -> str:
    return reverse("admin:licensing_review_change", args=[review.pk])


@pytest.fixture
def reviewer(client: Client) -> User:
    person = factories.reviewer()
    client.force_login(person)
    return person


def test_the_list_shows_what_waits_longest_first_with_its_findings(client: Client, reviewer: User) -> None:
    blocked, clear = _submitted(commercial_output=False), _submitted()
    response = client.get(LIST)
    rows = list(response.context["cl"].result_list)
    assert rows == [blocked, clear]
    assert [row.blocking_count for row in rows] == [1, 0]
    assert blocked.piece.slot.job.requested_by.username in response.content.decode()


def test_the_queries_of_the_list_do_not_grow_with_its_rows(client: Client, reviewer: User) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            _submitted()
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_desk_shows_findings_prompt_record_and_history(client: Client, reviewer: User) -> None:
    page = client.get(_desk(_submitted(commercial_output=False, prompt="a calm <sea>"))).content.decode()
    assert "does not let what it makes be sold." in page
    assert "a calm &lt;sea&gt;" in page
    assert "weights_sha256" in page
    assert "review.submitted" in page
    assert page.index("✕ Blocks") < page.index("△ Look") < page.index("✓ Fine")


def test_approving_leads_on_to_the_next_piece(client: Client, reviewer: User) -> None:
    review, following = _submitted(), _submitted()
    response = client.post(_desk(review), {"decision": "approve", "reason": ""})
    assert response.headers["Location"] == _desk(following)
    review.refresh_from_db()
    assert (review.state, review.reviewer) == ("approved", reviewer)
    assert audit.history(review)[-1].actor == reviewer
    last = client.post(_desk(following), {"decision": "reject", "reason": "A known logo."})
    assert last.headers["Location"] == LIST


def test_a_blocking_finding_is_answered_on_the_desk(client: Client, reviewer: User) -> None:
    review = _submitted(commercial_output=False)
    client.post(_desk(review), {"decision": "approve", "answer-model_licence": "We hold a licence of our own."})
    review.refresh_from_db()
    assert review.state == "approved"
    assert review.findings.get(rule="model_licence").answer == "We hold a licence of our own."


def test_a_refused_decision_comes_back_with_the_reason_and_what_was_typed(client: Client, reviewer: User) -> None:
    review = _submitted(commercial_output=False)
    before = AuditLine.objects.count()
    response = client.post(_desk(review), {"decision": "approve", "reason": "Looks fine to me."})
    page = response.content.decode()
    assert response.status_code == 422
    assert "A blocking finding has no answer yet." in page
    assert "Looks fine to me." in page
    review.refresh_from_db()
    assert (review.state, AuditLine.objects.count()) == ("pending", before)


@pytest.mark.parametrize("decision", ["", "promote", "withdraw"])
def test_a_decision_that_is_not_possible_changes_nothing(client: Client, reviewer: User, decision: str) -> None:
    review = _submitted()
    assert client.post(_desk(review), {"decision": decision, "reason": "x"}).status_code in (400, 409)
    review.refresh_from_db()
    assert review.state == "pending"


def test_taking_handing_back_asking_for_changes_and_withdrawing(client: Client, reviewer: User) -> None:
    review, other = _submitted(), _submitted()
    for decision, state in (("take", "in_review"), ("hand_back", "pending"), ("request_changes", "changes_requested")):
        client.post(_desk(review), {"decision": decision, "reason": "Crop the edge."})
        review.refresh_from_db()
        assert review.state == state
    client.post(_desk(other), {"decision": "approve"})
    client.post(_desk(other), {"decision": "withdraw", "reason": "A claim was upheld."})
    other.refresh_from_db()
    assert (other.state, other.reason) == ("withdrawn", "A claim was upheld.")


def test_state_cannot_be_edited_added_or_deleted(client: Client) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    review = _submitted()
    client.post(_desk(review), {"state": "approved", "_save": "Save"})
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{review.pk}/delete/", {"post": "yes"}).status_code == 403
    review.refresh_from_db()
    assert review.state == "pending"


def test_the_picture_is_the_master_reduced_and_private(client: Client, reviewer: User) -> None:
    response = client.get(reverse("admin:review_picture", args=[_submitted().pk]))
    assert response.headers["Content-Type"] == "image/jpeg"
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (64, 48)


def test_nobody_else_sees_the_desk_or_the_picture(client: Client) -> None:
    review = _submitted()
    addresses = [LIST, _desk(review), reverse("admin:review_picture", args=[review.pk])]
    for person, status in ((None, 302), (factories.user(), 302), (factories.user(is_staff=True), 403)):
        client.logout()
        if person:
            client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [status] * 3
        assert client.post(_desk(review), {"decision": "approve"}).status_code == status
    review.refresh_from_db()
    assert review.state == "pending"


def test_an_address_that_is_no_review_is_not_found(client: Client, reviewer: User) -> None:
    assert client.get(f"{LIST}nonsense/change/").status_code == 404
    assert client.get(f"{LIST}0193571e-0000-7000-8000-000000000009/change/").status_code == 404


def test_the_desk_shows_what_went_in_to_reviewers_alone_and_no_other_work(client: Client) -> None:
    person = factories.user()
    put_in, other = (
        inputs.store(owner=person, data=picture(size=(side, 30)), licence_spdx="CC-BY-4.0", rights_holder="Ida Example")
        for side in (40, 50)
    )
    job = factories.job(person)
    JobInput.objects.create(job=job, role="content", work=put_in)
    between = factories.piece(person, of=job)
    later = factories.job(person)
    JobInput.objects.create(job=later, role="content", work=inputs.from_piece(owner=person, piece=between))
    piece = factories.piece(person, of=later)
    factories.papers(piece)
    review = reviews.submit(piece=piece, by=person)
    shown, hidden = (reverse("admin:review_work", args=[review.pk, work.pk]) for work in (put_in, other))

    assert client.get(shown).status_code == 302
    client.force_login(factories.user(is_staff=True))
    assert client.get(shown).status_code == 403
    client.force_login(factories.reviewer())
    page = client.get(_desk(review)).content.decode()
    assert "CC-BY-4.0, rights holder Ida Example" in page
    assert shown in page
    assert Image.open(io.BytesIO(client.get(shown).content)).size == (40, 30)
    assert client.get(hidden).status_code == 404


def test_a_withdrawal_shows_what_it_touches_and_how_far_it_is(client: Client) -> None:
    _, model = trained()
    factories.review(made(model))
    withdrawal = begun()
    person = factories.user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_withdrawal"))
    client.force_login(person)
    address = reverse("admin:licensing_withdrawal_change", args=[withdrawal.pk])

    assert str(withdrawal.pk) in client.get("/admin/licensing/withdrawal/").content.decode()
    page = client.get(address).content.decode()
    assert "0 pieces reached" in page
    assert "1 checkpoints<br>1 jobs<br>1 pieces<br>1 approved pieces<br>0 live grants" in page

    withdrawals.resume(withdrawal)
    assert "1 pieces reached" in client.get(address).content.decode()
