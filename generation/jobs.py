"""Jobs: requested, claimed under a lease with a fencing token, finished at most once. The rows are the truth.

A worker that stalls past its lease loses its claim: the next claim raises the slot's `fence`, and what the stalled
worker brings back later is refused (Kleppmann, "How to do distributed locking", 2016).
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit, outbox
from common.errors import Conflict, NotFound
from common.models import User
from generation import parameters as rules
from generation.models import Checkpoint, Job, Piece, Slot
from generation.models.job import MAX_SEED

__all__ = [
    "UnknownCheckpoint",
    "cancel",
    "claim",
    "fail",
    "finish",
    "give_back",
    "progress",
    "renew",
    "request",
    "sweep",
]

MAX_ATTEMPTS = 5


class UnknownCheckpoint(NotFound):
    code = "unknown_checkpoint"
    title = "No such checkpoint is published. GET /api/v1/checkpoints lists those that are."


class LeaseLost(Conflict):
    code = "lease_lost"
    title = "Another worker has taken this slot over."


def published(slug: str) -> Checkpoint:
    """The published checkpoint with this slug, or UnknownCheckpoint."""
    try:
        return Checkpoint.objects.get(slug=slug, state=Checkpoint.State.PUBLISHED)
    except Checkpoint.DoesNotExist:
        raise UnknownCheckpoint() from None


def request(
    *,
    requested_by: User,
    checkpoint: Checkpoint,
    parameters: dict[str, Any],
    seed: int | None = None,
    count: int = 1,
    prompt: str = "",
) -> Job:
    """Write one job and its waiting slots, and ring for a worker. Nothing is written if a value is out of range."""
    count = rules.check_count(count)
    seed = secrets.randbelow(MAX_SEED - count) if seed is None else rules.check_seed(seed, count)
    asked = rules.check(checkpoint, parameters)
    key, queue = rules.batch_key(checkpoint, asked), rules.spec(checkpoint).queue
    if checkpoint.state != Checkpoint.State.PUBLISHED:
        raise UnknownCheckpoint()
    with transaction.atomic():
        job = Job.objects.create(
            requested_by=requested_by, checkpoint=checkpoint, parameters=asked, prompt=prompt, seed=seed, count=count
        )
        slots = [Slot(job=job, index=i, seed=seed + i, batch_key=key, queue=queue) for i in range(count)]
        Slot.objects.bulk_create(slots)
        audit.record(action="job.requested", subject=job, role="maker", actor=requested_by)
        transaction.on_commit(_ring)
    return job


def _ring() -> None:
    from generation.tasks import ring

    ring()


def progress(job: Job) -> Counter[str]:
    """How many slots are in which state."""
    return Counter(job.slots.values_list("state", flat=True))


def ahead(job: Job) -> int:
    """The place in the queue: how many slots of others wait to be made before this job's next one."""
    waiting = Slot.objects.filter(state=Slot.State.WAITING)
    earlier = Q(job__priority__gt=job.priority) | Q(job__priority=job.priority, job_id__lt=job.pk)
    return waiting.filter(earlier).count()


def cancel(*, job: Job, by: User) -> None:
    """Stop what is not finished. What a worker is just making is thrown away: its fence no longer holds."""
    with transaction.atomic():
        if not Job.objects.filter(pk=job.pk, cancelled_at__isnull=True).update(cancelled_at=timezone.now()):
            return
        unfinished = job.slots.filter(state__in=[Slot.State.WAITING, Slot.State.CLAIMED])
        unfinished.update(state=Slot.State.CANCELLED, lease_expires_at=None)
        audit.record(action="job.cancelled", subject=job, role="maker", actor=by)
    job.refresh_from_db()


def claim(*, owner: str, limit: int) -> list[Slot]:
    """Claim up to `limit` waiting slots that fit into one batch: by priority, then oldest first.

    PostgreSQL skips rows that another worker is claiming; SQLite has one writer at a time.
    """
    with transaction.atomic():
        waiting = Slot.objects.filter(state=Slot.State.WAITING).order_by("-job__priority", "job_id", "index")
        first = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if first is None:
            return []
        fitting = waiting.filter(batch_key=first.batch_key).select_for_update(skip_locked=True, of=("self",))
        ids = [slot.pk for slot in fitting[:limit]]
        expires = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        Slot.objects.filter(pk__in=ids, state=Slot.State.WAITING).update(
            state=Slot.State.CLAIMED,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            owner=owner,
            lease_expires_at=expires,
        )
        claimed = Slot.objects.filter(pk__in=ids, state=Slot.State.CLAIMED, owner=owner)
        return list(claimed.select_related("job__checkpoint").order_by("job_id", "index"))


def renew(slots: Sequence[Slot]) -> None:
    """Prolong the lease of those slots that are still ours."""
    expires = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    for slot in slots:
        _mine(slot).update(lease_expires_at=expires)


def finish(slot: Slot, **piece: Any) -> Piece:
    """Turn a claimed slot into its piece and announce it, in one transaction; LeaseLost if the claim is no longer ours.

    `piece` holds the columns of the Piece that describe what was made.
    """
    with transaction.atomic():
        mine = _mine(slot).update(state=Slot.State.FINISHED, lease_expires_at=None, finished_at=timezone.now())
        if not mine:
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


def give_back(slots: Sequence[Slot]) -> None:
    """Return slots that were claimed but not made, when a worker is told to stop."""
    for slot in slots:
        _mine(slot).update(state=Slot.State.WAITING, lease_expires_at=None)


def _mine(slot: Slot) -> Any:
    return Slot.objects.filter(pk=slot.pk, fence=slot.fence, state=Slot.State.CLAIMED)


def sweep() -> int:
    """Put slots with a lapsed lease back in line (or give them up after five tries); return how many wait now."""
    lapsed = Slot.objects.filter(state=Slot.State.CLAIMED, lease_expires_at__lt=timezone.now())
    lapsed.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=Slot.State.FAILED,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_code="abandoned",
        error_detail=f"{MAX_ATTEMPTS} workers began this and none came back.",
    )
    lapsed.update(state=Slot.State.WAITING, lease_expires_at=None)
    return Slot.objects.filter(state=Slot.State.WAITING).count()
