"""What a benchmark reports, and how a rate is measured."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

__all__ = ["Row", "rate"]


class Row(NamedTuple):
    """`ours` and `ceiling` in the same `unit`, measured in the same run."""

    name: str
    ours: float
    unit: str
    against: str
    ceiling: float


def rate(work: Callable[[], object], *, seconds: float = 2.0, rounds: int = 3) -> float:
    """Calls per second: the median of some rounds, after one call to warm up."""
    work()
    measured = []
    for _ in range(rounds):
        began, calls = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            work()
            calls += 1
        measured.append(calls / (time.perf_counter() - began))
    return median(measured)
