"""The life of a claim: received, answered, kept up or not, ended. What is refused has no effect."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit
from common.errors import DomainError, InvalidTransition
from common.models import AuditLine, OutboxEvent
from licensing import claims
from licensing.models import Claim, ClaimEvidence, Review
from licensing.rights import reviews
from tests import factories
from tests.licensing.claims.cases import FILING, approved, filed, hiding, set_policy, state_of

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n rest"


def _again(claim: Claim) -> Claim:
    return Claim.objects.select_related("piece__slot__job").get(pk=claim.pk)


def _countered(claim: Claim) -> Claim:
    claims.counter(claim=claim, by=claim.piece.slot.job.requested_by, words="I drew it from a formula.")
    return _again(claim)


def _to_decide(claim: Claim) -> Claim:
    claims.keep_up(claim=_countered(claim), words="The formula is mine too.")
    return _again(claim)


def _filing(email: str) -> dict[str, Any]:
    return {**FILING, "email": email}


def _without_effect(step: Callable[[], object], error: type[DomainError]) -> None:
    def seen() -> Any:
        rows = (list(Claim.objects.values()), list(Review.objects.values()), ClaimEvidence.objects.count())
        return rows, AuditLine.objects.count(), OutboxEvent.objects.count()

    before = seen()
    with pytest.raises(error):
        step()
    assert seen() == before


def test_a_claim_that_is_upheld_takes_the_approval_back_and_says_so_everywhere() -> None:
    piece, reviewer = approved(), factories.reviewer()
    claim = _to_decide(filed(piece))
    claims.uphold(claim=claim, reviewer=reviewer, reason="It is the same picture.")
    claim = _again(claim)
    assert (claim.state, claim.decided_by, claim.reason) == ("upheld", reviewer, "It is the same picture.")
    assert (state_of(piece), Review.objects.get(piece=piece).reason) == ("withdrawn", "It is the same picture.")
    assert [(line.action, line.role) for line in audit.history(claim)] == [
        ("claim.received", "claimant"),
        ("claim.countered", "creator"),
        ("claim.kept_up", "claimant"),
        ("claim.upheld", "reviewer"),
    ]
    events = OutboxEvent.objects.filter(topic__startswith="claim.")
    assert [event.topic for event in events] == ["claim.received", "claim.countered", "claim.kept_up", "claim.upheld"]
    assert {tuple(event.payload.items()) for event in events} == {(("claim_id", str(claim.pk)),)}
    assert OutboxEvent.objects.filter(topic="review.withdrawn", payload__piece_id=str(piece.pk)).exists()


def test_after_a_claim_was_upheld_the_piece_is_never_approved_again() -> None:
    person, reviewer = factories.user(), factories.reviewer()
    piece = factories.piece(person)
    factories.papers(piece)
    review = reviews.submit(piece=piece, by=person)
    claims.uphold(claim=_to_decide(filed(piece)), reviewer=reviewer, reason="It is the same.")
    _without_effect(lambda: reviews.approve(review=review, reviewer=reviewer), reviews.PieceClaimed)
    with pytest.raises(IntegrityError, match="approval refused"), transaction.atomic():
        Review.objects.filter(piece=piece).update(state="approved", reviewer=reviewer, decided_at=timezone.now())


def test_a_claim_hides_at_once_where_the_policy_says_so_and_rejection_brings_back(
    tmp_path: Path, settings: Any
) -> None:
    piece = approved()
    assert (filed(piece, email="first@example.net").hides, state_of(piece)) == (False, "approved")
    hiding(tmp_path, settings)
    claim = filed(piece)
    assert (claim.hides, state_of(piece)) == (True, "suspended")
    claims.reject(claim=_again(claim), reviewer=factories.reviewer(), reason="Another picture.")
    assert (_again(claim).hides, state_of(piece)) == (False, "approved")
    assert OutboxEvent.objects.filter(topic="review.restored").count() == 1


def test_a_piece_comes_back_only_when_the_last_claim_that_hides_it_has_ended(tmp_path: Path, settings: Any) -> None:
    hiding(tmp_path, settings)
    piece = approved()
    first, second = filed(piece), filed(piece, email="other@example.net")
    claims.withdraw(claim=first)
    assert state_of(piece) == "suspended"
    claims.withdraw(claim=second)
    assert state_of(piece) == "approved"


def test_what_a_claim_hides_cannot_be_approved_by_another_way(tmp_path: Path, settings: Any) -> None:
    hiding(tmp_path, settings)
    piece, reviewer = approved(), factories.reviewer()
    filed(piece)
    review = Review.objects.get(piece=piece)
    with pytest.raises(DomainError):
        reviews.approve(review=review, reviewer=reviewer)
    with pytest.raises(IntegrityError, match="approval refused"), transaction.atomic():
        Review.objects.filter(piece=piece).update(state="approved")
    set_policy(tmp_path, settings)
    open_claim = filed(approved())
    with pytest.raises(IntegrityError, match="still approved"), transaction.atomic():
        Claim.objects.filter(pk=open_claim.pk).update(hides=True)


def test_without_a_counter_notice_a_person_decides_after_the_time_is_over() -> None:
    claim = filed()
    assert claim.due_at is not None
    assert (claims.run_out(at=claim.due_at - timedelta(seconds=1)), _again(claim).state) == (0, "received")
    reviewer = factories.reviewer()

    def early() -> None:
        claims.uphold(claim=_again(claim), reviewer=reviewer, reason="Clear.")

    _without_effect(early, InvalidTransition)
    assert (claims.run_out(at=claim.due_at), _again(claim).state) == (1, "to_decide")
    assert claims.run_out(at=claim.due_at + timedelta(days=99)) == 0
    _without_effect(
        lambda: claims.counter(claim=_again(claim), by=claim.piece.slot.job.requested_by, words="Late."),
        InvalidTransition,
    )
    early()
    assert _again(claim).state == "upheld"


def test_a_counter_notice_that_nobody_answers_brings_the_piece_back(tmp_path: Path, settings: Any) -> None:
    hiding(tmp_path, settings)
    piece = approved()
    claim = _countered(filed(piece))
    assert state_of(piece) == "suspended"
    assert claims.run_out(at=claim.due_at) == 1
    assert (_again(claim).state, state_of(piece)) == ("rejected", "approved")
    assert audit.history(claim)[-1].role == "timer"


def test_the_times_are_those_of_the_policy_and_skip_weekends_and_holidays(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(tmp_path, settings, answer_days="2", upkeep_days="1", holidays="[2026-12-25, 2026-12-28]")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 23, 15, tzinfo=UTC))
    claim = filed()
    assert claim.due_at == datetime(2026, 12, 30, tzinfo=UTC)  # the 24th and the 29th: all of both
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 24, 23, 59, tzinfo=UTC))
    assert _countered(claim).due_at == datetime(2026, 12, 30, tzinfo=UTC)


def test_only_the_creator_counters_and_only_a_reviewer_without_a_part_in_it_decides() -> None:
    piece, reviewer = approved(), factories.reviewer()
    own = claims.receive(piece=piece, filing=claims.Filing(**_filing("own@example.net")), by=reviewer)
    claim = _to_decide(filed(piece))
    stranger, staff = factories.user(), factories.user(is_staff=True)
    _without_effect(lambda: claims.counter(claim=own, by=stranger, words="No."), claims.NotTheCreator)
    _without_effect(lambda: claims.counter(claim=own, by=staff, words="No."), claims.NotTheCreator)
    for decide in (claims.uphold, claims.reject):
        for who in (stranger, staff, piece.slot.job.requested_by):
            _without_effect(lambda d=decide, w=who: d(claim=claim, reviewer=w, reason="R."), reviews.NotAReviewer)  # type: ignore[misc]
        _without_effect(lambda d=decide: d(claim=own, reviewer=reviewer, reason="R."), claims.OwnClaim)  # type: ignore[misc]
        _without_effect(lambda d=decide: d(claim=claim, reviewer=reviewer, reason=" "), claims.WordsMissing)  # type: ignore[misc]


def test_a_reviewer_does_not_decide_on_a_claim_against_a_piece_of_their_own() -> None:
    reviewer = factories.reviewer()
    piece = factories.piece(reviewer)
    claim = _to_decide(filed(piece))
    _without_effect(lambda: claims.uphold(claim=claim, reviewer=reviewer, reason="R."), reviews.OwnPiece)


def test_a_second_claim_of_the_same_claimant_waits_for_the_end_of_the_first() -> None:
    piece = approved()
    first = filed(piece)
    _without_effect(lambda: filed(piece, email="ADA@example.net"), claims.ClaimOpen)
    claims.withdraw(claim=first)
    assert filed(piece).state == "received"


def test_an_ended_claim_stays_as_it_is() -> None:
    claim, reviewer = filed(), factories.reviewer()
    claims.withdraw(claim=claim)
    for step in (
        lambda: claims.withdraw(claim=_again(claim)),
        lambda: claims.reject(claim=_again(claim), reviewer=reviewer, reason="R."),
        lambda: claims.uphold(claim=_again(claim), reviewer=reviewer, reason="R."),
        lambda: claims.keep_up(claim=_again(claim), words="Still."),
    ):
        _without_effect(step, InvalidTransition)


def test_repeated_infringement_is_counted_by_piece_and_told_at_the_limit(tmp_path: Path, settings: Any) -> None:
    set_policy(tmp_path, settings, repeat_limit="2")
    creator, reviewer = factories.user(), factories.reviewer()
    first, second = factories.piece(creator), factories.piece(creator)
    for piece, email in ((first, "a@example.net"), (first, "b@example.net")):
        claims.uphold(claim=_to_decide(filed(piece, email=email)), reviewer=reviewer, reason="Same.")
    assert (claims.repeats(creator), OutboxEvent.objects.filter(topic="claim.repeated").count()) == (1, 0)
    claims.uphold(claim=_to_decide(filed(second)), reviewer=reviewer, reason="Same.")
    told = OutboxEvent.objects.get(topic="claim.repeated").payload
    assert (claims.repeats(creator), told) == (2, {"creator_id": str(creator.pk), "pieces": 2})
    assert audit.history(creator)[-1].action == "claim.repeated"


def test_evidence_is_bounded_and_known_by_its_bytes() -> None:
    piece = approved()

    def send(*files: claims.File) -> Claim:
        return claims.receive(piece=piece, filing=claims.Filing(**_filing("e@example.net")), files=files)

    page, empty = claims.File("page.png", b"<html>\xff<script>"), claims.File("empty.pdf", b"")
    for wrong in ([page], [empty], [claims.File("a.txt", b"a\x00b")], [claims.File(f"{n}", PNG) for n in range(6)]):
        _without_effect(lambda w=wrong: send(*w), claims.EvidenceRefused)  # type: ignore[misc]
    large = claims.File("large.pdf", b"%PDF-" + bytes(claims.MAX_BYTES))
    _without_effect(lambda: send(large), claims.EvidenceRefused)
    claim = send(claims.File("..\\..\\a/b\x07ild.exe", PNG), claims.File("twice.png", PNG), claims.File("é.txt", b"hi"))
    assert sorted((one.title, one.name[-4:]) for one in claim.evidence.all()) == [
        ("twice.png", ".png"),
        ("é.txt", ".txt"),
    ]


def test_a_key_opens_its_own_claim_and_no_other() -> None:
    claim = filed()
    assert claims.of_key(claims.key(claim)) == claim
    for wrong in ("", "x", claims.key(claim)[:-1], f"{filed().pk.hex}:{claims.key(claim).split(':')[1]}"):
        with pytest.raises(claims.KeyInvalid):
            claims.of_key(wrong)
