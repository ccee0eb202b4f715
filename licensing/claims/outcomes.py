"""How a claim ends: upheld or rejected by a reviewer, rejected because it was not kept up, withdrawn by the claimant.

Each end locks the review of the piece before the claim, so that an approval sees what stands against it.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from common import audit, outbox
from common.errors import PermissionRefused
from common.models import User
from licensing.claims.advancing import State, locked_review, step
from licensing.claims.reading import repeats
from licensing.claims.steps import given
from licensing.models import Claim, Review
from licensing.rights import policy, reviews

__all__ = ["OwnClaim", "lapse", "reject", "uphold", "withdraw"]

_STANDING = (Review.State.APPROVED, Review.State.SUSPENDED)


class OwnClaim(PermissionRefused):
    code = "own_claim"
    title = "This is your own claim. Somebody else has to decide on it."


def uphold(*, claim: Claim, reviewer: User, reason: str) -> None:
    """The claim is right: the approval of the piece is taken back for good, and a listing of it comes down.

    Raises NotAReviewer, OwnClaim, OwnPiece, WordsMissing; and InvalidTransition while the creator may still answer.
    """
    _check(claim, reviewer)
    reason = given(reason)
    with transaction.atomic():
        review = locked_review(claim.piece)
        if review is not None and review.state in _STANDING:
            reviews.withdraw(review=review, reviewer=reviewer, reason=reason)
        _end(claim, State.UPHELD, role="reviewer", actor=reviewer, reason=reason)
        _count(claim)


def reject(*, claim: Claim, reviewer: User, reason: str) -> None:
    """The claim is not right; what it hid comes back. Raises NotAReviewer, OwnClaim, OwnPiece, WordsMissing."""
    _check(claim, reviewer)
    _release(claim, State.REJECTED, role="reviewer", actor=reviewer, reason=given(reason))


def withdraw(*, claim: Claim) -> None:
    """The claimant, who came with the key, takes the claim back; what it hid comes back."""
    _release(claim, State.WITHDRAWN, role="claimant")


def lapse(claim: Claim) -> None:
    """A counter-notice was not answered in time: the claim is rejected, and what it hid comes back."""
    _release(claim, State.REJECTED, role="timer")


def _release(claim: Claim, to: str, *, role: str, actor: User | None = None, reason: str = "") -> None:
    with transaction.atomic():
        review = locked_review(claim.piece)
        _end(claim, to, role=role, actor=actor, reason=reason)
        hidden = Claim.objects.filter(piece=claim.piece_id, hides=True).exists()
        if review is not None and review.state == Review.State.SUSPENDED and not hidden:
            reviews.restore(review=review, reason=f"claim {claim.pk} {to}")


def _end(claim: Claim, to: str, *, role: str, actor: User | None, reason: str) -> None:
    changes: dict[str, Any] = {"due_at": None, "hides": False, "decided_at": timezone.now(), "decided_by": actor}
    step(claim, to, event=to, role=role, actor=actor, reason=reason, **changes)
    Claim.objects.filter(pk=claim.pk).update(reason=reason)
    claim.reason = reason


def _check(claim: Claim, reviewer: User) -> None:
    reviews.check_reviewer(reviewer)
    if claim.claimant_id == reviewer.pk:
        raise OwnClaim()
    if claim.piece.slot.job.requested_by_id == reviewer.pk:
        raise reviews.OwnPiece()


def _count(claim: Claim) -> None:
    """What is to be done about a repeat infringer, a person decides: the trail and whoever listens are told."""
    creator, limit = claim.piece.slot.job.requested_by, policy.current().claims.repeat_limit
    times = repeats(creator)
    if limit and times >= limit:
        audit.record(action="claim.repeated", subject=creator, role="policy", reason=f"upheld against {times} pieces")
        outbox.emit("claim.repeated", creator_id=str(creator.pk), pieces=times)
