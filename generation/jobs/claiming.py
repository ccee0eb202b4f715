"""What is to be made next, and taking a batch of it: by priority, then in turn between those who asked.

PostgreSQL skips rows that another worker is just taking; SQLite has one writer at a time. Either way a slot is taken
by a conditional update, and two workers that look at once leave each other no gaps.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, OrderBy, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from generation.models import Account, Slot

__all__ = ["SERVED", "claim", "due", "next_up"]

# Whoever was served longest ago comes first, whoever never was before all.
SERVED: OrderBy = F("job__requested_by__generation_account__served_at").asc(nulls_first=True)
# A slot that so many claims have come to nothing over is made alone: what ends a worker takes no others with it.
_SUSPECT = 2
# Candidates looked at for each slot wanted: others may be taking the first of them.
_SPARE = 8


def due(queues: Sequence[str] = ()) -> QuerySet[Slot]:
    """Waiting slots that may be made now; of these queues only, unless there are none."""
    rows = Slot.objects.filter(Q(not_before=None) | Q(not_before__lte=timezone.now()), state=Slot.State.WAITING)
    return rows.filter(queue__in=queues) if queues else rows


def next_up(queues: Sequence[str] = ()) -> Slot | None:
    """The slot whose turn it is, with its job and checkpoint, not yet taken: a worker loads its engine first."""
    with transaction.atomic():
        return _first(due(queues).select_related("job__checkpoint"))


def claim(*, owner: str, limit: int, queues: Sequence[str] = (), batch_key: str | None = None) -> list[Slot]:
    """Take up to `limit` waiting slots that fit into one batch: those of `batch_key`, else of the slot next in turn.

    Within the batch the accounts take turns. Empty where others have taken all of them meanwhile.
    """
    with transaction.atomic():
        if batch_key is None:
            first = _first(due(queues))
            if first is None:
                return []
            batch_key = first.batch_key
        ids = _lock(due(queues).filter(batch_key=batch_key), limit)
        taken = Slot.objects.filter(pk__in=ids, state=Slot.State.WAITING).update(
            state=Slot.State.CLAIMED,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            owner=owner,
            lease_expires_at=timezone.now() + timedelta(seconds=settings.LEASE_SECONDS),
            steps_done=0,
            steps_total=0,
        )
        if not taken:
            return []
        claimed = Slot.objects.filter(pk__in=ids, state=Slot.State.CLAIMED, owner=owner)
        slots = list(claimed.select_related("job__checkpoint").order_by("job_id", "index"))
        _served(slots)
        return slots


def _first(waiting: QuerySet[Slot]) -> Slot | None:
    ordered = waiting.order_by("-job__priority", SERVED, "job_id", "index")
    return ordered.select_for_update(skip_locked=True, of=("self",)).first()


def _lock(fitting: QuerySet[Slot], limit: int) -> list[UUID]:
    """Lock up to `limit` of these, the first in turn; where others hold some, those that come after them."""
    candidates = _in_turn(fitting, limit * _SPARE)
    if candidates and candidates[0][1] >= _SUSPECT:
        candidates, limit = candidates[:1], 1
    left = [pk for pk, attempts in candidates if attempts < _SUSPECT or limit == 1]
    locked: list[UUID] = []
    while left and len(locked) < limit:
        wanted = limit - len(locked)
        chunk, left = left[:wanted], left[wanted:]
        rows = Slot.objects.filter(pk__in=chunk, state=Slot.State.WAITING).select_for_update(skip_locked=True)
        locked += rows.values_list("pk", flat=True)
    return locked


def _in_turn(fitting: QuerySet[Slot], count: int) -> list[tuple[UUID, int]]:
    """Slots with their attempts by priority, then the first of each account, the second of each, and so on."""
    turn = Window(
        RowNumber(),
        partition_by=[F("job__requested_by_id"), F("job__priority")],
        order_by=[F("job_id").asc(), F("index").asc()],
    )
    ordered = fitting.annotate(turn=turn).order_by("-job__priority", "turn", SERVED, "job_id", "index")
    return list(ordered.values_list("pk", "attempts")[:count])


def _served(slots: Sequence[Slot]) -> None:
    now = timezone.now()
    people = sorted({slot.job.requested_by_id for slot in slots})
    Account.objects.bulk_create(
        [Account(user_id=person, served_at=now) for person in people],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["served_at"],
    )
