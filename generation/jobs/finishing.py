"""What the holder of a claim may do with it. Each of these touches only slots whose claim is still the caller's."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from common import outbox
from common.errors import Conflict
from generation.models import Piece, Slot

__all__ = ["MAX_ATTEMPTS", "LeaseLost", "fail", "finish", "give_back", "ours", "put_off", "renew", "report"]

MAX_ATTEMPTS = 5
_MOST_STEPS = 32_767


class LeaseLost(Conflict):
    code = "lease_lost"
    title = "Another worker has taken this slot over."


def renew(slots: Sequence[Slot]) -> None:
    """Prolong the lease of those slots that are still ours."""
    _mine(*slots).update(lease_expires_at=_lease())


def report(slots: Sequence[Slot], done: int, of: int) -> None:
    """Note how many steps of a batch are done, and prolong its leases with the same statement."""
    steps = {"steps_done": min(done, _MOST_STEPS), "steps_total": min(of, _MOST_STEPS)}
    _mine(*slots).update(lease_expires_at=_lease(), **steps)


def ours(slots: Sequence[Slot]) -> set[UUID]:
    """Which of these are still ours: neither cancelled nor taken over."""
    # Asked after every step: one plain condition costs a fifth of the many that changes are guarded by.
    fences = {slot.pk: slot.fence for slot in slots}
    claimed = Slot.objects.filter(pk__in=fences, state=Slot.State.CLAIMED).values_list("pk", "fence")
    return {pk for pk, fence in claimed if fence == fences[pk]}


def finish(slot: Slot, **piece: Any) -> Piece:
    """Turn a claimed slot into its piece and announce it, in one transaction; LeaseLost if the claim is no longer ours.

    `piece` holds the columns of the Piece that describe what was made.
    """
    with transaction.atomic():
        done = {"lease_expires_at": None, "finished_at": timezone.now(), "error_code": "", "error_detail": ""}
        if not _mine(slot).update(state=Slot.State.FINISHED, steps_done=F("steps_total"), **done):
            raise LeaseLost()
        made = Piece.objects.create(slot=slot, checkpoint=slot.job.checkpoint, seed=slot.seed, **piece)
        outbox.emit("piece.finished", piece_id=str(made.pk))
    return made


def fail(slot: Slot, *, code: str, detail: str) -> None:
    """Give the slot up for good, with a reason that a person can read."""
    _mine(slot).update(
        state=Slot.State.FAILED,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_code=code,
        error_detail=detail[:2000],
    )


def put_off(slot: Slot, *, code: str, detail: str) -> None:
    """Let the slot be tried again after some seconds, twice as long each time; after five tries it has failed."""
    if slot.attempts >= MAX_ATTEMPTS:
        return fail(slot, code=code, detail=detail)
    # Spread out, so that what failed together is not tried together.
    wait = 2**slot.attempts * random.uniform(0.5, 1.0)
    _mine(slot).update(
        state=Slot.State.WAITING,
        lease_expires_at=None,
        not_before=timezone.now() + timedelta(seconds=wait),
        error_code=code,
        error_detail=detail[:2000],
    )
    return None


def give_back(slots: Sequence[Slot]) -> None:
    """Return slots that were claimed but not made, when a worker is told to stop: this was no attempt."""
    _mine(*slots).update(state=Slot.State.WAITING, lease_expires_at=None, attempts=F("attempts") - 1)


def _mine(*slots: Slot) -> QuerySet[Slot]:
    held = Q(pk__in=[])
    for slot in slots:
        held |= Q(pk=slot.pk, fence=slot.fence)
    return Slot.objects.filter(held, state=Slot.State.CLAIMED)


def _lease() -> Any:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
