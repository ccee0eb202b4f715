"""A training worker: one request after the other, resumed where a killed worker left it, stopped within a step.

The state of a request lies in a folder of its own under `var/runs`, so only workers that share it can carry on; any
other begins anew and ends in the same weights.
"""

import fcntl
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from common.errors import DomainError
from generation import training_jobs, training_runs
from generation.models import TrainingJob

__all__ = ["run"]

log = logging.getLogger(__name__)

# A step or a sheet of samples that takes longer than this is taken for hung, and the lease lapses.
_LONGEST_SILENCE = 1800.0
_SECONDS_BETWEEN_LOOKS = 0.5


def run(*, owner: str, ending: Callable[[], bool] = lambda: False) -> int:
    """Carry out everything that waits, until `ending()`; return how many checkpoints were registered."""
    registered = 0
    while not ending() and (job := training_jobs.claim(owner=owner)) is not None:
        registered += _carry_out(job, ending)
    return registered


def _carry_out(job: TrainingJob, ending: Callable[[], bool]) -> int:
    run_dir = settings.VAR_DIR / "runs" / f"job-{job.pk}"
    watch = _Watch(job, run_dir, ending)
    with _alone(run_dir) as alone, watch.beating():
        if not alone:  # a worker that lost its lease is still there, and stops within a step
            training_jobs.give_back(job)
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            return 0
        try:
            asked = training_runs.plan(job.config_toml, slug=job.slug)
            out = run_dir / f"made-{job.fence}"
            training_runs.carry_out(asked, run_dir=run_dir, out=out, progress=watch.note, stop=watch.stop)
            training_jobs.finish(job, asked, out)
            return 1
        except (training_runs.Interrupted, training_jobs.LeaseLost):
            training_jobs.give_back(job)  # does nothing where it was cancelled or taken over
        except DomainError as error:
            training_jobs.fail(job, error.detail)
        except Exception as error:
            log.exception("training %s failed", job.slug)
            training_jobs.fail(job, f"{type(error).__name__}: {error}")
    return 0


class _Watch:
    """Between a run and its row: metrics go there, and word that it is no longer wanted comes back."""

    def __init__(self, job: TrainingJob, run_dir: Path, ending: Callable[[], bool]) -> None:
        self.job, self.run_dir, self.ending = job, run_dir, ending
        self.alive_at = self.looked_at = time.monotonic()

    def note(self, metrics: dict[str, Any]) -> None:
        """Store a line of metrics, with the newest sheet of samples."""
        sheets = sorted(self.run_dir.glob("samples-*"), key=lambda path: path.stat().st_mtime)
        told = {name: _storable(value) for name, value in metrics.items()}
        if sheets:
            told["samples"] = str(sheets[-1].relative_to(settings.VAR_DIR))
        training_jobs.keep(self.job, told)

    def stop(self) -> bool:
        """Asked after each step: whether to save the state and end."""
        now = self.alive_at = time.monotonic()
        if self.ending():
            return True
        if now - self.looked_at < _SECONDS_BETWEEN_LOOKS:
            return False
        self.looked_at = now
        return not training_jobs.keep(self.job)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the lease from a thread through long steps, but not for ever: a run that hangs loses its claim."""
        done = threading.Event()

        def beat() -> None:
            try:
                while not done.wait(settings.LEASE_SECONDS / 3):
                    if time.monotonic() - self.alive_at < _LONGEST_SILENCE:
                        training_jobs.keep(self.job)
            except Exception:
                log.exception("the lease of a training could not be renewed")
            finally:
                connections.close_all()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _storable(value: Any) -> str | int | float:
    """JSON columns take neither infinity nor what is no number."""
    return value if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)) else str(value)


@contextmanager
def _alone(run_dir: Path) -> Iterator[bool]:
    """Whether no other process on this machine works in the folder; it lets go of it when it ends, however it ends."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
