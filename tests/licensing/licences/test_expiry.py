"""Licences for a time: they end when they should, once, and make room for the next."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from common import audit, outbox
from common.models import OutboxEvent
from generation.models import Piece
from licensing import tasks
from licensing.licences import expiry, grants
from licensing.models import Grant, LicenceTemplate, LogLeaf, RightsRegister
from licensing.provenance import canonical
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db


def _piece() -> Piece:
    piece = factories.piece(factories.user())
    factories.review(piece)
    return piece


def _grant(piece: Piece, template: LicenceTemplate, source: str = "sale-1") -> Grant:
    return grants.grant(
        piece=piece, template=template, holder=None, holder_email="hanna@example.org", work_title="Estuary",
        edition_number=1, edition_size=25, source=source,
    )  # fmt: skip


def _lasting(**fields: Any) -> LicenceTemplate:
    return factories.template("loan", lasts_days=30, **fields)


def _over(grant: Grant) -> None:
    """As if it had been granted 31 days ago."""
    now = timezone.now()
    Grant.objects.filter(pk=grant.pk).update(granted_at=now - timedelta(31), expires_at=now - timedelta(1))
    grant.refresh_from_db()


def _register(piece: Piece) -> tuple[int, int]:
    row = RightsRegister.objects.get(piece=piece)
    return row.exclusive_grants, row.other_grants


def test_a_grant_stands_as_long_as_its_licence_says() -> None:
    made = _grant(_piece(), _lasting())
    assert made.expires_at == made.granted_at + timedelta(days=30)
    assert (made.stands, made.ended_at) == (True, None)
    assert _grant(_piece(), factories.template("personal"), "sale-2").expires_at is None


def test_the_sweep_ends_what_is_over_and_nothing_else() -> None:
    over, lasting, endless = (_piece() for _ in range(3))
    old, young = _grant(over, _lasting()), _grant(lasting, _lasting(), "sale-2")
    forever = _grant(over, factories.template("personal"), "sale-3")
    _grant(endless, factories.template("personal"), "sale-4")
    _over(old)
    assert (old.state, old.stands) == ("live", False)
    for _ in range(2):
        tasks.sweep_grants()
    for grant in (old, young, forever):
        grant.refresh_from_db()
    assert [grant.state for grant in (old, young, forever)] == ["expired", "live", "live"]
    assert old.ended_at == old.expires_at
    assert _register(over) == (0, 1)
    assert [(line.action, line.role) for line in audit.history(old)[1:]] == [("grant.expired", "house")]
    assert [event.payload for event in OutboxEvent.objects.filter(topic="grant.expired")] == [
        {"grant_id": str(old.pk), "piece_id": str(over.pk)}
    ]


def test_the_log_tells_the_end_and_names_nobody() -> None:
    made = _grant(_piece(), _lasting())
    _over(made)
    expiry.sweep()
    outbox.deliver_due()
    leaf = LogLeaf.objects.get(kind="licence.expired")
    assert leaf.subject == str(made.piece_id)
    entry = canonical.parse(leaf.body.encode())
    assert entry["details"] == {"grant_sha256": canonical.sha256_hex(str(made.pk).encode())}
    assert made.expires_at is not None
    assert entry["at"] == canonical.instant(made.expires_at)


def test_a_sale_does_not_wait_for_the_sweep() -> None:
    piece = _piece()
    alone = _grant(piece, _lasting(exclusive=True))
    with pytest.raises(grants.ExclusiveTaken):
        _grant(piece, factories.template("exclusive"), "sale-2")
    _over(alone)
    _grant(piece, factories.template("exclusive"), "sale-2")
    alone.refresh_from_db()
    assert alone.state == "expired"
    assert _register(piece) == (1, 0)


def test_what_has_expired_is_not_revoked_as_well() -> None:
    piece = _piece()
    made = _grant(piece, _lasting())
    _over(made)
    expiry.sweep()
    grants.revoke(grant=made, reason="The order was refunded.")
    assert (made.state, made.revoked_at) == ("expired", None)
    assert _register(piece) == (0, 0)


def test_a_piece_that_cannot_be_swept_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sorted((_piece(), _piece()), key=lambda piece: piece.pk)
    made = [_grant(first, _lasting()), _grant(second, _lasting(), "sale-2")]
    for grant in made:
        _over(grant)
    real = grants.expire

    def stumbles(*, piece: Piece, **given: Any) -> None:
        if piece == first:
            raise RuntimeError("no")
        real(piece=piece, **given)

    monkeypatch.setattr(grants, "expire", stumbles)
    expiry.sweep()
    assert list(Grant.objects.filter(state="live")) == [made[0]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "expired"},
        {"expires_at": timezone.now() - timedelta(days=400)},
        {"state": "expired", "expires_at": timezone.now() + timedelta(days=1), "revoked_at": timezone.now()},
    ],
)
def test_the_database_refuses_an_end_without_a_time_or_before_the_beginning(wrong: dict[str, Any]) -> None:
    made = _grant(_piece(), factories.template("personal"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=made.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        LicenceTemplate.objects.filter(pk=made.template_id).update(lasts_days=0)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_sweeps_and_exclusive_sales_at_the_end_of_a_licence_never_leave_two() -> None:
    for turn in range(4):
        piece, alone, exclusive = _piece(), _lasting(exclusive=True), factories.template("exclusive")
        _over(_grant(piece, alone, f"old-{turn}"))

        def buy(number: int, piece: Piece = piece, exclusive: LicenceTemplate = exclusive) -> str:
            return _grant(piece, exclusive, f"{piece.pk}-{number}").state

        runners = [lambda: buy(1), lambda: buy(2), *[lambda: expiry.sweep()] * 2]
        outcome = race(runners)
        assert sum(isinstance(one, grants.ExclusiveTaken) for one in outcome[:2]) == 1
        assert outcome[2:] == [None, None]
        assert sorted(Grant.objects.filter(piece=piece).values_list("state", flat=True)) == ["expired", "live"]
        assert _register(piece) == (1, 0)
        assert OutboxEvent.objects.filter(topic="grant.expired", payload__piece_id=str(piece.pk)).count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_sweeps_free_one_place_twice() -> None:
    """The control: the register then counts nobody though a licence stands, and an exclusive one gets in beside it."""
    piece, looked = _piece(), threading.Barrier(2)
    over, standing = _grant(piece, _lasting()), _grant(piece, factories.template("personal"), "sale-2")
    _over(over)

    def naive() -> None:
        due = list(Grant.objects.filter(piece=piece, state="live", expires_at__lte=timezone.now()))
        looked.wait(30)
        for _ in due:
            Grant.objects.filter(pk=over.pk).update(state="expired")
            RightsRegister.objects.filter(piece=piece).update(other_grants=F("other_grants") - 1)

    assert race([naive, naive]) == [None, None]
    assert _register(piece) == (0, 0)
    _grant(piece, factories.template("exclusive"), "sale-3")
    standing.refresh_from_db()
    assert standing.stands
