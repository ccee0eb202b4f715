"""The rights review of a piece: submitted, taken, decided, withdrawn. Each step is checked, audited and announced.

What a listing is, and what becomes of it, is not known here: it hears of a decision through the outbox.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from common import audit, outbox, states
from common.errors import BadRequest, Conflict, InvalidTransition, PermissionRefused, Unprocessable
from common.models import User
from generation.models import Piece
from licensing.models import Claim, Finding, Review, SignedFile, WithdrawnPiece
from licensing.provenance import acts, canonical
from licensing.provenance.encoding import EXTENSIONS
from licensing.rights import findings, policy

__all__ = [
    "AppealUsed",
    "FindingUnanswered",
    "HeldByAnother",
    "NotAReviewer",
    "OwnPiece",
    "OwnRefusal",
    "PapersMissing",
    "PieceClaimed",
    "PieceWithdrawn",
    "ReasonMissing",
    "SecondReviewerNeeded",
    "UnknownFinding",
    "appeal",
    "approve",
    "check_reviewer",
    "claimed",
    "hand_back",
    "may_decide",
    "reject",
    "reopen",
    "request_changes",
    "restore",
    "submit",
    "suspend",
    "take",
    "withdraw",
]

State = Review.State
_DECISIONS = {State.APPROVED, State.REJECTED, State.CHANGES_REQUESTED}
STATES: states.Table = {
    (State.PENDING, "reviewer"): frozenset({State.IN_REVIEW, *_DECISIONS}),
    (State.IN_REVIEW, "reviewer"): frozenset({State.PENDING, *_DECISIONS}),
    (State.APPROVED, "reviewer"): frozenset({State.WITHDRAWN}),
    (State.CHANGES_REQUESTED, "maker"): frozenset({State.PENDING}),
    (State.REJECTED, "maker"): frozenset({State.PENDING}),
    (State.APPROVED, "policy"): frozenset({State.PENDING}),
    (State.APPROVED, "claim"): frozenset({State.SUSPENDED}),
    (State.SUSPENDED, "claim"): frozenset({State.APPROVED}),
    (State.SUSPENDED, "reviewer"): frozenset({State.WITHDRAWN}),
}


# What begins anew when a piece goes back in line.
_FRESH: dict[str, Any] = {"reviewer": None, "decided_at": None, "first_approver": None}


class PapersMissing(Conflict):
    code = "papers_missing"
    title = "The piece has no papers yet. They are made within seconds of the piece; submit it again then."


class NotAReviewer(PermissionRefused):
    code = "not_a_reviewer"
    title = "Only staff with the right to decide reviews may do this."


class OwnPiece(PermissionRefused):
    code = "own_piece"
    title = "You made this piece. Somebody else has to decide on it."


class OwnRefusal(PermissionRefused):
    code = "own_refusal"
    title = "You refused this piece. Somebody else has to decide on the appeal."


class SecondReviewerNeeded(PermissionRefused):
    code = "second_reviewer_needed"
    title = "You have approved this piece. The policy asks for a second reviewer."


class AppealUsed(Conflict):
    code = "appeal_used"
    title = "This piece was appealed before. The second decision stands."


class HeldByAnother(Conflict):
    code = "held_by_another"
    title = "Another reviewer has taken this piece."


class ReasonMissing(BadRequest):
    code = "reason_missing"
    title = "Give a reason: the maker reads it."


class FindingUnanswered(Unprocessable):
    code = "finding_unanswered"
    title = "A blocking finding has no answer yet. Say why it does not stand in the way, or reject the piece."


class PieceWithdrawn(Conflict):
    code = "piece_withdrawn"
    title = "Consent for something this piece was made with has been withdrawn, so it cannot be approved."


class PieceClaimed(Conflict):
    code = "piece_claimed"
    title = "A claim hides this piece or was upheld against it, so it cannot be approved."


class UnknownFinding(BadRequest):
    code = "unknown_finding"
    title = "An answer was given to a finding that this review does not have."


def submit(*, piece: Piece, by: User, words: str = "") -> Review:
    """Put `piece` up for review and hold it against the policy; its review is returned.

    The maker or staff may do this. A piece that is under review, or decided, keeps its review as it is; one for which
    changes were requested goes back in line with fresh findings and the maker's `words`. Raises PapersMissing without
    a signed file.
    """
    maker_id = piece.slot.job.requested_by_id
    if by.pk != maker_id and not by.is_staff:
        raise PermissionRefused("Only its maker may put a piece up for review.")
    if not SignedFile.objects.filter(piece=piece).exists():
        raise PapersMissing(_why_without_papers(piece))
    try:
        with transaction.atomic():
            review = Review.objects.filter(piece=piece).first()
            if review is None:
                review = _begin(piece, by)
            elif review.state == State.CHANGES_REQUESTED:
                _resubmit(review, by, words)
    except IntegrityError:  # two submitted it at once: the other's review is this one
        review = Review.objects.get(piece=piece)
    return review


def appeal(*, review: Review, by: User, words: str) -> None:
    """Ask for another reviewer's decision on a rejected piece, once. Only its maker may.

    Raises AppealUsed, ReasonMissing, and InvalidTransition for a piece that is not rejected.
    """
    if by.pk != review.piece.slot.job.requested_by_id:
        raise PermissionRefused("Only its maker may appeal.")
    if review.appealed_at is not None:
        raise AppealUsed()
    changes = {**_FRESH, "submitted_at": timezone.now(), "maker_words": _given(words).strip()}
    against = {"refused_by": review.reviewer, "appealed_at": changes["submitted_at"]}
    _advance(review, State.PENDING, event="appealed", role="maker", actor=by, **changes, **against)


def take(*, review: Review, reviewer: User) -> None:
    """Have it on one's desk, so that nobody else begins it too. Taking what one has already changes nothing."""
    check_reviewer(reviewer)
    if review.state == State.IN_REVIEW and review.reviewer_id == reviewer.pk:
        return
    _check_desk(review, reviewer)
    _advance(review, State.IN_REVIEW, event="taken", actor=reviewer, reviewer=reviewer)


def hand_back(*, review: Review, reviewer: User) -> None:
    """Put it back in line: one's own, or, so that nothing gets stuck, another's."""
    check_reviewer(reviewer)
    _advance(review, State.PENDING, event="handed_back", actor=reviewer, reviewer=None)


def approve(*, review: Review, reviewer: User, reason: str = "", answers: Mapping[str, str] | None = None) -> None:
    """Let the piece be sold. `answers` (rule → words) say why a blocking finding does not stand in the way.

    Where the policy asks for two reviewers, the first approval puts the piece back in line for somebody else. Raises
    FindingUnanswered while a finding has no answer, OwnPiece to the maker, SecondReviewerNeeded to the first of two,
    and InvalidTransition to whoever is late.
    """
    check_reviewer(reviewer)
    _check_desk(review, reviewer)
    if review.piece.slot.job.requested_by_id == reviewer.pk:
        raise OwnPiece()
    if review.first_approver_id == reviewer.pk:
        raise SecondReviewerNeeded()
    try:
        with transaction.atomic():
            _let_be_sold(review, reviewer, reason, answers or {})
    except IntegrityError:  # a claim was faster than the check
        if claimed(review.piece):
            raise PieceClaimed() from None
        raise


def reject(*, review: Review, reviewer: User, reason: str) -> None:
    """Refuse the piece for good."""
    check_reviewer(reviewer)
    _check_desk(review, reviewer)
    _decide(review, State.REJECTED, reviewer=reviewer, reason=_given(reason))


def request_changes(*, review: Review, reviewer: User, reason: str) -> None:
    """Send it back to its maker, who may submit it again."""
    check_reviewer(reviewer)
    _check_desk(review, reviewer)
    _decide(review, State.CHANGES_REQUESTED, reviewer=reviewer, reason=_given(reason))


def withdraw(*, review: Review, reviewer: User, reason: str) -> None:
    """Take an approval back. The database takes a listing of the piece down in the same step."""
    check_reviewer(reviewer)
    _check_desk(review, reviewer)
    _decide(review, State.WITHDRAWN, reviewer=reviewer, reason=_given(reason))


def reopen(*, review: Review, reason: str) -> None:
    """Put an approved piece back in line, because the policy now finds what nobody has answered.

    Decides nothing: a reviewer does. The database takes a listing of the piece under review in the same step, and
    `review.reopened` tells whoever listens.
    """
    fresh = {**_FRESH, "submitted_at": timezone.now()}
    _advance(review, State.PENDING, event="reopened", role="policy", actor=None, reason=reason, **fresh)


def suspend(*, review: Review, reason: str) -> None:
    """Set an approval aside while a claim is open. The database takes a listing of the piece under review."""
    _advance(review, State.SUSPENDED, event="suspended", role="claim", actor=None, reason=reason)


def restore(*, review: Review, reason: str) -> None:
    """Let an approval stand again that was set aside; `review.restored` tells whoever hangs works."""
    _advance(review, State.APPROVED, event="restored", role="claim", actor=None, reason=reason)


def claimed(piece: Piece) -> bool:
    """Whether a claim hides `piece` or was upheld against it. The database refuses an approval that is faster."""
    stands = Q(hides=True) | Q(state=Claim.State.UPHELD)
    return Claim.objects.filter(stands, piece=piece).exists()


def _consent_withdrawn(review: Review) -> bool:
    return WithdrawnPiece.objects.filter(piece=review.piece_id).exists()


def _why_without_papers(piece: Piece) -> str | None:
    """What to say where waiting would not help."""
    if piece.media_type in EXTENSIONS:
        return None
    return (
        f"No papers can be given to a file of type {piece.media_type}, so this {piece.kind} cannot be reviewed, listed "
        "or delivered."
    )


def _begin(piece: Piece, by: User) -> Review:
    review = Review.objects.create(piece=piece, submitted_by=by)
    role = "maker" if by.pk == piece.slot.job.requested_by_id else "staff"
    audit.record(action="review.submitted", subject=review, role=role, actor=by, after=review.state)
    acts.note(piece=piece, act="chose", by=by, detail={"of": piece.slot.job.count})
    _examine(review)
    _announce(review, "submitted")
    return review


def _let_be_sold(review: Review, reviewer: User, reason: str, answers: Mapping[str, str]) -> None:
    if _consent_withdrawn(review):
        raise PieceWithdrawn()
    if claimed(review.piece):
        raise PieceClaimed()
    given = _answer(review, answers)
    if review.first_approver_id is None and _two_needed(review):
        _approve_first(review, reviewer, given)
    else:
        _decide(review, State.APPROVED, reviewer=reviewer, reason=reason, aside=given)


def _two_needed(review: Review) -> bool:
    severities = policy.current().four_eyes
    return any(one.severity in severities for one in review.findings.all())


def _approve_first(review: Review, reviewer: User, given: str) -> None:
    """One conditional UPDATE: of two who are first at once, the other is late."""
    seen = Review.objects.filter(pk=review.pk, state=review.state, first_approver__isnull=True)
    if not seen.update(first_approver=reviewer, state=State.PENDING, reviewer=None):
        raise InvalidTransition("Somebody else was faster. Load it again and look.", state=review.state)
    audit.record(action="review.first_approved", subject=review, role="reviewer", actor=reviewer, reason=given)
    review.first_approver, review.state, review.reviewer = reviewer, State.PENDING, None
    _announce(review, "first_approved")


def _resubmit(review: Review, by: User, words: str) -> None:
    fresh = {**_FRESH, "submitted_at": timezone.now(), "maker_words": words.strip()}
    _advance(review, State.PENDING, event="submitted", role="maker", actor=by, **fresh)
    review.findings.all().delete()
    _examine(review)


def _examine(review: Review) -> None:
    by = policy.current()
    Finding.objects.bulk_create(
        findings.fresh(review, found, by.version) for found in policy.evaluate(review.piece, by)
    )


def _answer(review: Review, answers: Mapping[str, str]) -> str:
    """Store the answers and return them as lines for the audit trail; refused while a blocking finding lacks one."""
    known = {finding.rule: finding for finding in review.findings.all()}
    if unknown := sorted(set(answers) - set(known)):
        raise UnknownFinding(f"This review has no finding {', '.join(unknown)}.")
    for rule, words in answers.items():
        known[rule].answer = words.strip()
    blocking = [one for one in known.values() if one.severity == Finding.Severity.BLOCKS]
    if open_ones := sorted(one.rule for one in blocking if not one.answer):
        raise FindingUnanswered(findings=open_ones)
    Finding.objects.bulk_update([known[rule] for rule in answers], ["answer"])
    return "\n".join(f"{rule}: {known[rule].answer}" for rule in sorted(answers))


def _decide(review: Review, to: str, *, reviewer: User, reason: str, aside: str = "") -> None:
    """A decision: `reason` is for the maker, `aside` only for the audit trail."""
    reason = reason.strip()
    line = "\n".join(part for part in (reason, aside) if part)
    with transaction.atomic():
        _advance(review, to, event=to, actor=reviewer, reason=line, reviewer=reviewer, decided_at=timezone.now())
        Review.objects.filter(pk=review.pk).update(reason=reason)
    review.reason = reason


def _advance(
    review: Review, to: str, *, event: str, actor: User | None, role: str = "reviewer", reason: str = "", **changes: Any
) -> None:
    """One step with its audit line and its event, all or none."""
    with transaction.atomic():
        states.advance(
            review,
            to=to,
            table=STATES,
            role=role,
            action=f"review.{event}",
            actor=actor,
            reason=reason,
            **changes,
        )
        _announce(review, event)


def _announce(review: Review, word: str) -> None:
    at = canonical.instant(review.decided_at or review.submitted_at)
    outbox.emit(f"review.{word}", review_id=str(review.pk), piece_id=str(review.piece_id), at=at)


def check_reviewer(person: User) -> None:
    """Raises NotAReviewer unless `person` may decide."""
    if not may_decide(person):
        raise NotAReviewer()


def may_decide(person: User) -> bool:
    """Whether `person` is a reviewer."""
    return person.is_active and person.is_staff and person.has_perm("licensing.change_review")


def _check_desk(review: Review, reviewer: User) -> None:
    """Two reviewers do not decide on one piece at once: whoever has taken it goes first. An appeal is for another."""
    if review.refused_by_id == reviewer.pk:
        raise OwnRefusal()
    if review.state == State.IN_REVIEW and review.reviewer is not None and review.reviewer_id != reviewer.pk:
        raise HeldByAnother(f"{review.reviewer} has taken this piece.")


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing()
    return reason
