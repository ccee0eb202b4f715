"""The loop of a generation worker: what is next, its engine, as many slots as fit into one batch, and again.

Runs in worker processes only; this is the module that loads engines and with them torch.
"""

import logging
import time
from functools import cache

from django.conf import settings

from generation import jobs
from generation.batch import Batch
from generation.engines.base import EngineError
from generation.heart import Heart
from generation.loaded import Engines, Loaded
from generation.models import Checkpoint, Slot
from generation.storing import Storing
from generation.watch import Watch

__all__ = ["run"]

log = logging.getLogger(__name__)

# Slots that are told at once that their engine cannot be loaded.
_TOLD_AT_ONCE = 64


def run(*, owner: str, heart: Heart | None = None, at_most_seconds: float | None = None) -> int:
    """Make what waits in the queues that this worker serves; return how many pieces were finished.

    Ends when nothing is due, when `heart` drains, or with the batch in which `at_most_seconds` pass.
    """
    heart = heart or Heart()
    heart.say("working")
    ends = None if at_most_seconds is None else time.monotonic() + at_most_seconds
    with Watch(overdue=lambda: heart.overdue) as watch, Storing(settled=watch.settled) as storing:
        while not heart.draining and (ends is None or time.monotonic() < ends):
            taken = _take(owner)
            if taken is None:
                break
            loaded, slots = taken
            Batch(slots, loaded, _engines(), watch=watch, storing=storing, draining=lambda: heart.draining).make()
    heart.say("idle", pieces=storing.finished)
    return storing.finished


def _take(owner: str) -> tuple[Loaded, list[Slot]] | None:
    """The next batch with its engine: loaded before slots are taken, since only it knows how many it can hold."""
    queues = settings.WORKER_QUEUES
    while (first := jobs.next_up(queues)) is not None:
        loaded = _load(first.job.checkpoint, owner, first.batch_key)
        if loaded is None:
            continue
        limit = loaded.slots(first.batch_key)
        if slots := jobs.claim(owner=owner, limit=limit, queues=queues, batch_key=first.batch_key):
            return loaded, slots
    return None


def _load(checkpoint: Checkpoint, owner: str, batch_key: str) -> Loaded | None:
    """The engine, or None: then all that wanted it are put off, for a worker that may have what is missing here."""
    try:
        return _engines().get(checkpoint)
    except EngineError as error:
        code, detail = error.code, error.detail
    except Exception as error:
        log.exception("the engine of %s could not be loaded", checkpoint)
        code, detail = "engine_failed", f"The engine could not be loaded ({type(error).__name__})."
    for slot in jobs.claim(owner=owner, limit=_TOLD_AT_ONCE, queues=settings.WORKER_QUEUES, batch_key=batch_key):
        jobs.put_off(slot, code=code, detail=detail)
    return None


@cache
def _engines() -> Engines:
    return Engines()
