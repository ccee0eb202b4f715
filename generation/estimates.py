"""How long a wish will take and what it costs the house, from what was measured here; and that it was not measured.

Nothing is guessed: without a benchmark of the checkpoint there are no seconds and no cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count
from django.utils import timezone

from generation import cost, parameters
from generation.models import Benchmark, Checkpoint, Slot, Worker

__all__ = ["Estimate", "of"]

_ALIVE = timedelta(seconds=90)
_TENTH = Decimal("0.1")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """`basis`: `measured` with these parameters, `scaled` from another size, `other_setting`, or `not_measured`.

    `seconds` and `cost` are of all pieces together, on one device. `wait_seconds` is until the first is begun.
    """

    pieces: int
    queue: str
    before: int
    workers: int
    basis: str
    explanation: str
    seconds: Decimal | None = None
    wait_seconds: Decimal | None = None
    cost: Decimal | None = None
    currency: str = ""


def of(*, checkpoint: Checkpoint, asked: Mapping[str, Any], count: int) -> Estimate:
    """What `count` pieces with these checked parameters will take, in at most four queries."""
    queue = parameters.spec(checkpoint).queue
    workers = _workers(queue)
    before, wait = _waiting(queue)
    untold = Estimate(
        pieces=count,
        queue=queue,
        before=before,
        workers=len(workers),
        basis="not_measured",
        explanation=f"{checkpoint.title} was not measured on this house's devices yet, so nothing is said about it.",
    )
    rows = list(Benchmark.objects.filter(checkpoint=checkpoint))
    if not rows:
        return untold
    nearest = _nearest(rows, asked, workers)
    factor, basis = _factor(nearest.setting, asked)
    seconds = nearest.seconds_per_piece * factor * count
    return replace(
        untold,
        basis=basis,
        explanation=_explanation(nearest, basis),
        seconds=seconds.quantize(_TENTH),
        wait_seconds=None if wait is None else (wait / max(1, len(workers))).quantize(_TENTH),
        cost=cost.of(float(seconds)),
        currency=settings.CURRENCY,
    )


def _workers(queue: str) -> list[str]:
    """The devices of the workers that were alive a moment ago and serve this queue."""
    alive = Worker.objects.filter(beat_at__gte=timezone.now() - _ALIVE).exclude(state="gone")
    return [worker.device for worker in alive if queue in worker.queues.replace(",", " ").split()]


def _waiting(queue: str) -> tuple[int, Decimal | None]:
    """How many slots wait in the queue, and for how long they keep one device; None if one was never measured."""
    waiting = Slot.objects.filter(state=Slot.State.WAITING, queue=queue).values("job__checkpoint")
    counts = {row["job__checkpoint"]: row["slots"] for row in waiting.annotate(slots=Count("pk"))}
    measured = Benchmark.objects.filter(checkpoint__in=list(counts)).values("checkpoint")
    means = {row["checkpoint"]: row["mean"] for row in measured.annotate(mean=Avg("seconds_per_piece"))}
    if counts.keys() - means.keys():
        return sum(counts.values()), None
    seconds = sum((Decimal(str(means[key])) * slots for key, slots in counts.items()), Decimal(0))
    return sum(counts.values()), seconds


def _nearest(rows: Sequence[Benchmark], asked: Mapping[str, Any], devices: Sequence[str]) -> Benchmark:
    """The measurement on a device that is at work here, of the size nearest to the asked one; the newest of equals."""
    wanted = _pixels(asked)

    def distance(row: Benchmark) -> tuple[bool, int, float]:
        here = any(row.device.startswith(device) for device in devices)
        return not here, abs(_pixels(row.setting) - wanted), -row.measured_at.timestamp()

    return min(rows, key=distance)


def _factor(setting: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[Decimal, str]:
    if all(asked.get(name) == value for name, value in setting.items()):
        return Decimal(1), "measured"
    measured, wanted = _pixels(setting), _pixels(asked)
    if measured and wanted:
        return Decimal(wanted) / Decimal(measured), "measured" if measured == wanted else "scaled"
    return Decimal(1), "other_setting"


def _pixels(values: Mapping[str, Any]) -> int:
    sides = [values.get("width"), values.get("height")]
    return int(sides[0] or 0) * int(sides[1] or 0) if all(isinstance(side, int) for side in sides) else 0


def _explanation(row: Benchmark, basis: str) -> str:
    measured = (
        f"{row.pieces} pieces of {row.label} took {row.seconds_per_piece.normalize():f} s each on {row.device}, "
        f"{row.threads} thread{'' if row.threads == 1 else 's'}, on {row.measured_at:%d %B %Y}"
    )
    return {
        "measured": f"{measured}.",
        "scaled": f"{measured}; this is scaled by the number of pixels.",
        "other_setting": f"{measured}; what you ask for differs in other ways, so it may take longer.",
    }[basis]
