"""The table of a claim's states, the one step in it, and the lock that every step on a piece's approval takes first."""

from typing import Any

from django.db import transaction

from common import outbox, states
from common.models import User
from generation.models import Piece
from licensing.models import Claim, Review

__all__ = ["announce", "locked_review", "step"]

State = Claim.State
STATES: states.Table = {
    (State.RECEIVED, "creator"): frozenset({State.COUNTERED}),
    (State.RECEIVED, "claimant"): frozenset({State.WITHDRAWN}),
    (State.RECEIVED, "timer"): frozenset({State.TO_DECIDE}),
    (State.RECEIVED, "reviewer"): frozenset({State.REJECTED}),
    (State.COUNTERED, "claimant"): frozenset({State.TO_DECIDE, State.WITHDRAWN}),
    (State.COUNTERED, "timer"): frozenset({State.REJECTED}),
    (State.COUNTERED, "reviewer"): frozenset({State.UPHELD, State.REJECTED}),
    (State.TO_DECIDE, "claimant"): frozenset({State.WITHDRAWN}),
    (State.TO_DECIDE, "reviewer"): frozenset({State.UPHELD, State.REJECTED}),
}


def step(
    claim: Claim, to: str, *, event: str, role: str, actor: User | None = None, reason: str = "", **changes: Any
) -> None:
    """One step with its audit line and its event, all or none."""
    with transaction.atomic():
        states.advance(
            claim,
            to=to,
            table=STATES,
            role=role,
            action=f"claim.{event}",
            actor=actor,
            reason=reason,
            **changes,
        )
        announce(claim, event)


def announce(claim: Claim, word: str) -> None:
    """The event names the claim and nobody's data."""
    outbox.emit(f"claim.{word}", claim_id=str(claim.pk))


def locked_review(piece: Piece) -> Review | None:
    """The review of `piece`, which nobody else can decide on before this transaction ends."""
    rows = Review.objects.select_for_update(of=("self",)).select_related("piece__slot__job")
    return rows.filter(piece=piece).first()
