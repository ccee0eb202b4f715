"""The queues as a whole: lapsed leases, places in line, and what waits how long. Nothing here takes a slot."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, When
from django.utils import timezone

from generation.jobs.claiming import due
from generation.jobs.finishing import MAX_ATTEMPTS
from generation.models import Account, Job, Slot

__all__ = ["Waiting", "ahead", "due_queues", "sweep", "waiting"]


@dataclass(frozen=True)
class Waiting:
    """One queue: slots that may be made now, for how long the oldest has waited, and slots that are being made."""

    queue: str
    waiting: int
    oldest_wait_seconds: float
    running: int


def sweep() -> int:
    """Put slots with a lapsed lease back in line (or give them up after five tries); return how many are due now."""
    now = timezone.now()
    lapsed = Slot.objects.filter(state=Slot.State.CLAIMED, lease_expires_at__lt=now)
    lapsed.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=Slot.State.FAILED,
        lease_expires_at=None,
        finished_at=now,
        error_code="abandoned",
        error_detail=f"{MAX_ATTEMPTS} workers began this and none came back.",
    )
    # Since when it waits: what is made again has not waited while it was being made.
    lapsed.update(state=Slot.State.WAITING, lease_expires_at=None, not_before=now)
    return due().count()


def due_queues() -> list[str]:
    """The queues in which something may be made now."""
    return list(due().order_by("queue").values_list("queue", flat=True).distinct())


def waiting() -> list[Waiting]:
    """Every queue of `GENERATION_QUEUES` and whatever else waits, in one query: what a fleet is scaled by.

    Slots that are put off until later do not count as waiting.
    """
    now = timezone.now()
    waits = Q(state=Slot.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    since = Case(When(not_before__isnull=False, then=F("not_before")), default=F("job__created_at"))
    counted = (
        Slot.objects.filter(state__in=[Slot.State.WAITING, Slot.State.CLAIMED])
        .values("queue")
        .annotate(
            number=Count("pk", filter=waits),
            oldest=Min(since, filter=waits),
            running=Count("pk", filter=Q(state=Slot.State.CLAIMED)),
        )
    )
    found = {
        row["queue"]: Waiting(
            row["queue"],
            row["number"],
            max(0.0, (now - row["oldest"]).total_seconds()) if row["oldest"] else 0.0,
            row["running"],
        )
        for row in counted
    }
    empty = {name: Waiting(name, 0, 0.0, 0) for name in settings.GENERATION_QUEUES}
    return [(empty | found)[name] for name in sorted(empty | found)]


def ahead(job: Job) -> int:
    """The place in the queue: how many slots of other jobs come before this job's next one.

    An estimate: accounts take turns, so of each other account as many come first as this account has turns to wait.
    """
    others = Slot.objects.filter(state=Slot.State.WAITING).exclude(job=job)
    peers = others.filter(job__priority=job.priority)
    own = peers.filter(job__requested_by=job.requested_by_id, job_id__lt=job.pk).count()
    return others.filter(job__priority__gt=job.priority).count() + own + _in_turn_before(job, peers, own)


def _in_turn_before(job: Job, peers: QuerySet[Slot], own: int) -> int:
    account = Account.objects.filter(user=job.requested_by_id).first()
    mine = _turn(account.served_at if account else None, job.created_at)
    accounts = (
        peers.exclude(job__requested_by=job.requested_by_id)
        .values("job__requested_by")
        .annotate(
            number=Count("pk"),
            served_at=Max("job__requested_by__generation_account__served_at"),
            since=Min("job__created_at"),
        )
    )
    return sum(min(row["number"], own + (_turn(row["served_at"], row["since"]) < mine)) for row in accounts)


def _turn(served_at: datetime | None, since: datetime) -> tuple[bool, datetime, datetime]:
    """Sorts accounts as claims do: who was never served first, then who was served longest ago."""
    return served_at is not None, served_at or since, since
