"""A withdrawal that touches 100 000 pieces, killed twice on its way: how long it takes, and whether it ends right."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.apart import apart
from benchmarks.rows import Row
from benchmarks.withdrawn import faults, fill
from licensing.models import Withdrawal, WithdrawnPiece
from licensing.rights import withdrawals

__all__ = ["carry_through", "measure", "measure_here"]

PIECES, KILLS, BAR_S = 100_000, 2, 120.0
_PROJECT = Path(__file__).parent.parent


def measure() -> Iterator[Row]:
    """One row, from a database of its own."""
    return apart("benchmarks.withdrawal")


def measure_here() -> Iterator[Row]:
    """Seconds from its beginning to its end, the kills and the new processes included, against two minutes."""
    item = fill(PIECES)
    began = time.perf_counter()
    withdrawal = withdrawals.begin(asked=Withdrawal(item_sha256=item, reason="A benchmark."), by=None)
    carry_through(withdrawal, kills=KILLS, environment=os.environ)
    took = time.perf_counter() - began
    wrong = faults(withdrawal, PIECES)
    if wrong:
        raise SystemExit(f"The withdrawal did not end right: {wrong}")
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    yield Row(f"withdrawal of {PIECES} pieces, killed twice", took, "s", f"the bar; load {busy:.1f} a core", BAR_S)


def carry_through(withdrawal: Withdrawal, *, kills: int, environment: Mapping[str, str]) -> None:
    """Resume it in processes of its own; each of the first `kills` gets SIGKILL in the midst of a chunk.

    Raises RuntimeError if one was over before it could be killed.
    """
    command = [sys.executable, "manage.py", "withdraw", "resume", str(withdrawal.pk)]
    reached = WithdrawnPiece.objects.filter(withdrawal=withdrawal)
    for _ in range(kills):
        before = reached.count()
        process = subprocess.Popen(command, cwd=_PROJECT, env=environment, stdout=subprocess.DEVNULL)
        while reached.count() == before and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.1)
        process.kill()
        if process.wait() >= 0:
            raise RuntimeError("It was over before it could be killed.")
    subprocess.run(command, cwd=_PROJECT, env=environment, stdout=subprocess.DEVNULL, check=True)
