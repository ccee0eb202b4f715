"""What each side says while a claim is open: the creator's counter-notice, and the claimant's answer to it."""

from typing import Any

from django.utils import timezone

from common.errors import BadRequest, PermissionRefused
from common.models import User
from licensing.claims import business_days
from licensing.claims.advancing import State, step
from licensing.models import Claim
from licensing.rights import policy

__all__ = ["NotTheCreator", "WordsMissing", "counter", "keep_up"]


class NotTheCreator(PermissionRefused):
    code = "not_the_creator"
    title = "Only whoever made the piece may answer the claim."


class WordsMissing(BadRequest):
    code = "words_missing"
    title = "Say it in words: the other side reads them."


def counter(*, claim: Claim, by: User, words: str) -> None:
    """The creator's counter-notice. From now on the claimant has time to keep the claim up; if not, it is rejected.

    Raises NotTheCreator, WordsMissing, and InvalidTransition once the time to answer is over.
    """
    if by.pk != claim.piece.slot.job.requested_by_id:
        raise NotTheCreator()
    now, terms = timezone.now(), policy.current().claims
    due_at = business_days.after(now, terms.upkeep_days, terms.holidays)
    changes: dict[str, Any] = {"counter": given(words), "countered_at": now, "due_at": due_at}
    step(claim, State.COUNTERED, event="countered", role="creator", actor=by, **changes)


def keep_up(*, claim: Claim, words: str) -> None:
    """The claimant, who came with the key, answers the counter-notice. A person decides from here; no timer does."""
    step(claim, State.TO_DECIDE, event="kept_up", role="claimant", upkeep=given(words), due_at=None)


def given(words: str) -> str:
    """The words without space around them. Raises WordsMissing."""
    if not words.strip():
        raise WordsMissing()
    return words.strip()
