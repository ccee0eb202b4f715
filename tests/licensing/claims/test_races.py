"""Claims that end, and approvals that are given, at the same moment."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import InvalidTransition
from generation.models import Piece
from licensing import claims
from licensing.claims import outcomes
from licensing.models import Claim, Review
from licensing.rights import reviews
from tests import factories
from tests.licensing.claims.cases import approved, filed, hiding, state_of
from tests.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def _hidden_twice(tmp_path: Path, settings: Any) -> tuple[Piece, list[Claim]]:
    hiding(tmp_path, settings)
    piece = approved()
    return piece, [filed(piece), filed(piece, email="other@example.net")]


def test_when_both_claims_end_at_once_the_piece_comes_back(tmp_path: Path, settings: Any) -> None:
    for number in range(5):
        piece, both = _hidden_twice(tmp_path / str(number), settings)
        assert race([partial(claims.withdraw, claim=one) for one in both]) == [None, None]
        assert state_of(piece) == "approved"


def test_without_the_lock_each_would_see_the_other_and_the_piece_would_stay_away(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    piece, both = _hidden_twice(tmp_path, settings)
    met, end = threading.Barrier(2), outcomes._end

    def end_together(*args: Any, **kwargs: Any) -> None:
        end(*args, **kwargs)
        met.wait(30)

    monkeypatch.setattr(outcomes, "_end", end_together)
    monkeypatch.setattr(outcomes, "locked_review", lambda piece: Review.objects.get(piece=piece))
    assert race([partial(claims.withdraw, claim=one) for one in both]) == [None, None]
    assert state_of(piece) == "suspended"
    assert not Claim.objects.filter(hides=True).exists()


def test_of_an_approval_and_an_upheld_claim_at_once_no_approval_stands() -> None:
    for _ in range(5):
        person, reviewer, judge = factories.user(), factories.reviewer(), factories.reviewer()
        piece = factories.piece(person)
        factories.papers(piece)
        review = reviews.submit(piece=piece, by=person)
        claim = filed(piece)
        claims.counter(claim=claim, by=person, words="Mine.")
        got = race(
            [
                partial(reviews.approve, review=review, reviewer=reviewer),
                partial(claims.uphold, claim=claim, reviewer=judge, reason="Same."),
            ]
        )
        assert got[1] is None
        assert got[0] is None or isinstance(got[0], reviews.PieceClaimed)
        assert state_of(piece) == ("withdrawn" if got[0] is None else "pending")


def test_the_approval_that_comes_later_is_refused_by_the_database_alone() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    piece = approved()
    Review.objects.filter(piece=piece).update(state="suspended")
    claim, inside, locked = filed(piece), threading.Event(), threading.Event()

    def hide() -> None:
        with transaction.atomic():
            Review.objects.select_for_update().get(piece=piece)
            Claim.objects.filter(pk=claim.pk).update(hides=True)
            locked.set()
            inside.wait(1)  # the approval waits for the lock meanwhile

    def approve() -> None:
        locked.wait(30)
        Review.objects.filter(piece=piece).update(state="approved")

    got = race([hide, approve])
    assert got[0] is None
    assert isinstance(got[1], IntegrityError)
    assert "approval refused" in str(got[1])
    assert state_of(piece) == "suspended"


def test_of_a_counter_notice_and_the_end_of_its_time_one_is_late() -> None:
    claim = filed()
    seen = Claim.objects.select_related("piece__slot__job").get(pk=claim.pk)
    creator = claim.piece.slot.job.requested_by
    got = race([lambda: claims.counter(claim=seen, by=creator, words="Mine."), lambda: claims.run_out(at=claim.due_at)])
    if got[0] is None:
        assert (got[1], Claim.objects.get().state) == (0, "countered")
    else:
        assert isinstance(got[0], InvalidTransition)
        assert (got[1], Claim.objects.get().state) == (1, "to_decide")
