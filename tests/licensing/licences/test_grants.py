"""Grants: once for each sale, only in what is approved, and an exclusive one always alone."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common import audit
from common.models import AuditLine, OutboxEvent
from generation.models import Piece
from licensing.licences import grants, terms
from licensing.models import Grant, Review, RightsRegister
from licensing.rights import reviews
from tests import factories

pytestmark = pytest.mark.django_db


def _piece() -> Piece:
    piece = factories.piece(factories.user())
    factories.review(piece)
    return piece


def _grant(piece: Piece, slug: str = "personal", source: str = "sale-1", **given: Any) -> Grant:
    facts: dict[str, Any] = {
        "holder": None,
        "holder_email": "buyer@example.org",
        "work_title": "Estuary",
        "edition_number": 1,
        "edition_size": 25,
        **given,
    }
    return grants.grant(piece=piece, template=factories.template(slug), source=source, **facts)


def _register(piece: Piece) -> tuple[int, int]:
    row = RightsRegister.objects.get(piece=piece)
    return row.exclusive_grants, row.other_grants


def _everything() -> object:
    return (
        list(Grant.objects.order_by("id").values()),
        list(RightsRegister.objects.filter(exclusive_grants=0, other_grants=0).values()),
        AuditLine.objects.count(),
        OutboxEvent.objects.count(),
    )


def test_a_grant_freezes_its_terms_and_is_announced() -> None:
    piece, buyer = _piece(), factories.user()
    made = _grant(piece, holder=buyer, edition_number=3)
    assert (made.state, made.holder, made.edition_number, made.edition_size) == ("live", buyer, 3, 25)
    assert made.terms["text"] == "The text of the personal licence."
    assert made.terms_sha256 == terms.freeze(made.template)[1]
    made.template.text = "Rewritten."
    made.template.save()
    made.refresh_from_db()
    assert made.terms["text"] == "The text of the personal licence."
    assert _register(piece) == (0, 1)
    event = OutboxEvent.objects.get(topic="grant.made")
    assert event.payload == {"grant_id": str(made.pk), "piece_id": str(piece.pk), "exclusive": False}
    assert [line.action for line in audit.history(made)] == ["grant.made"]


def test_the_same_sale_gets_the_same_grant() -> None:
    piece = _piece()
    first = _grant(piece, "exclusive")
    assert _grant(piece, "exclusive") == first
    assert _register(piece) == (1, 0)
    assert OutboxEvent.objects.count() == 1


def test_one_sale_does_not_grant_two_things() -> None:
    piece = _piece()
    _grant(piece)
    before = _everything()
    with pytest.raises(grants.SourceReused):
        _grant(_piece())
    with pytest.raises(grants.SourceReused):
        _grant(piece, "commercial")
    assert Grant.objects.count() == 1
    assert _everything() == before


@pytest.mark.parametrize("state", ["pending", "in_review", "rejected", "changes_requested", "withdrawn"])
def test_nothing_is_granted_without_an_approved_review(state: str) -> None:
    piece = factories.piece(factories.user())
    factories.review(piece, state=state)
    with pytest.raises(grants.NotApproved) as caught:
        _grant(piece)
    assert (caught.value.status, caught.value.code) == (409, "review_not_approved")
    assert not Grant.objects.exists()
    assert not RightsRegister.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_nothing_is_granted_in_a_piece_without_a_review() -> None:
    with pytest.raises(grants.NotApproved):
        _grant(factories.piece(factories.user()))
    assert not Grant.objects.exists()


def test_beside_an_exclusive_grant_there_is_no_other() -> None:
    piece = _piece()
    _grant(piece, "exclusive")
    for slug in ("personal", "exclusive"):
        before = _everything()
        with pytest.raises(grants.ExclusiveTaken) as caught:
            _grant(piece, slug, source="sale-2")
        assert (caught.value.status, caught.value.code) == (409, "exclusive_taken")
        assert _everything() == before


def test_beside_other_grants_there_is_no_exclusive_one() -> None:
    piece = _piece()
    _grant(piece)
    _grant(piece, "commercial", source="sale-2")
    before = _everything()
    with pytest.raises(grants.OthersHoldLicences) as caught:
        _grant(piece, "exclusive", source="sale-3")
    assert (caught.value.status, caught.value.code) == (409, "others_hold_licences")
    assert _everything() == before
    assert _register(piece) == (0, 2)


@pytest.mark.parametrize("counts", [(1, 1), (2, 0)])
def test_the_database_itself_refuses_an_exclusive_grant_that_is_not_alone(counts: tuple[int, int]) -> None:
    exclusive, other = counts
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRegister.objects.create(piece=_piece(), exclusive_grants=exclusive, other_grants=other)
    assert not RightsRegister.objects.exists()


def test_what_is_revoked_makes_room_and_stays_revoked() -> None:
    piece = _piece()
    made = _grant(piece, "exclusive")
    grants.revoke(grant=made, reason="The payment was taken back.")
    assert (made.state, made.revoked_because) == ("revoked", "The payment was taken back.")
    assert made.revoked_at is not None
    assert _register(piece) == (0, 0)
    assert [(line.action, line.role, line.reason) for line in audit.history(made)[1:]] == [
        ("grant.revoked", "house", "The payment was taken back.")
    ]
    _grant(piece, source="sale-2")
    assert _grant(piece, "exclusive").state == "revoked"
    assert _register(piece) == (0, 1)


def test_revoking_twice_is_revoking_once() -> None:
    piece = _piece()
    made = _grant(piece)
    stale = Grant.objects.get(pk=made.pk)
    grants.revoke(grant=made, reason="Refunded.")
    grants.revoke(grant=stale, reason="Refunded again.")
    assert (stale.state, stale.revoked_because) == ("revoked", "Refunded.")
    assert _register(piece) == (0, 0)
    assert OutboxEvent.objects.filter(topic="grant.revoked").count() == 1


def _at_once(*steps: Callable[[], None]) -> None:
    """Run the steps in threads that start together."""
    start = threading.Barrier(len(steps))

    def run(step: Callable[[], None]) -> None:
        start.wait()
        try:
            step()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_exclusive_and_other_grants_at_once_exactly_one_sort_wins() -> None:
    for _ in range(4):
        piece, refused = _piece(), list[str]()
        wanted = ["exclusive", "personal", "exclusive", "commercial", "personal"]

        def buy(slug: str, source: str, piece: Piece = piece, refused: list[str] = refused) -> None:
            try:
                _grant(piece, slug, source)
            except grants.ExclusiveTaken:
                refused.append(slug)

        for slug in set(wanted):
            factories.template(slug)
        _at_once(*[partial(buy, slug, f"{piece.pk}-{number}") for number, slug in enumerate(wanted)])
        held = sorted(Grant.objects.filter(piece=piece).values_list("template__slug", flat=True))
        assert held in (["exclusive"], ["commercial", "personal", "personal"])
        assert sorted(held + refused) == sorted(wanted)
        assert _register(piece) == ((1, 0) if held == ["exclusive"] else (0, 3))


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_without_the_register_both_sorts_are_held_at_once() -> None:
    """The control: looking first and granting then, as one would without the register, does lose this race."""
    piece, looked = _piece(), threading.Barrier(2)

    def naive(slug: str) -> None:
        taken = Grant.objects.filter(piece=piece, state="live").exists()
        looked.wait()
        if not taken:
            template = factories.template(slug)
            frozen, digest = terms.freeze(template)
            Grant.objects.create(
                piece=piece, template=template, terms=frozen, terms_sha256=digest, exclusive=template.exclusive,
                holder_email="buyer@example.org", work_title="Estuary", source=f"naive-{slug}",
            )  # fmt: skip

    for slug in ("exclusive", "personal"):
        factories.template(slug)
    _at_once(lambda: naive("exclusive"), lambda: naive("personal"))
    assert sorted(Grant.objects.values_list("exclusive", flat=True)) == [False, True]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_same_sale_carried_out_twice_at_once_grants_once() -> None:
    piece, got = _piece(), list[Grant]()
    factories.template("exclusive")
    _at_once(*[lambda: got.append(_grant(piece, "exclusive"))] * 4)
    assert len(got) == 4
    assert len({made.pk for made in got}) == 1
    assert _register(piece) == (1, 0)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_an_approval_withdrawn_at_the_same_moment_is_before_or_after_the_grant_but_not_between() -> None:
    for _ in range(4):
        piece, reviewer, outcome = _piece(), factories.reviewer(), list[str]()
        factories.template("personal")

        def buy(piece: Piece = piece, outcome: list[str] = outcome) -> None:
            try:
                _grant(piece, source=str(piece.pk))
                outcome.append("granted")
            except grants.NotApproved:
                outcome.append("refused")

        review = Review.objects.get(piece=piece)
        _at_once(buy, lambda: reviews.withdraw(review=review, reviewer=reviewer, reason="Claim."))  # noqa: B023
        review.refresh_from_db()
        assert review.state == "withdrawn"
        topics = OutboxEvent.objects.filter(payload__piece_id=str(piece.pk)).order_by("created_at", "id")
        granted = ["grant.made"] if outcome == ["granted"] else []
        assert [event.topic for event in topics] == [*granted, "review.withdrawn"]
