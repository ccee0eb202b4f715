"""The batch loop of a generation worker: claim what fits together, make it in one pass, store and commit each piece.

Runs in worker processes only; this is the module that loads engines and with them torch.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import connections
from django.utils import timezone

from common import storage
from common.source import code_commit
from generation import jobs
from generation.engines import load
from generation.engines.base import Engine, EngineError, Made, Picture, Request
from generation.evaluation import pictures
from generation.models import Checkpoint, Slot

__all__ = ["run"]

log = logging.getLogger(__name__)

BATCH = 8
MAX_RENEWALS = 90


def run(*, owner: str) -> int:
    """Make everything that waits; return how many pieces were finished."""
    finished = 0
    while slots := jobs.claim(owner=owner, limit=BATCH):
        finished += _make(slots)
    return finished


def _make(slots: Sequence[Slot]) -> int:
    with _kept_leases(slots):
        try:
            return _make_together(slots)
        except EngineError as error:
            _fail_all(slots, error.code, error.detail)
        except Exception as error:
            if len(slots) > 1:  # find the one that fails; the others are not its victims
                return sum(_make([slot]) for slot in slots)
            log.exception("slot %s failed", slots[0])
            _fail_all(slots, "engine_failed", f"{type(error).__name__}: {error}")
        return 0


def _make_together(slots: Sequence[Slot]) -> int:
    engine = _engine(slots[0].job.checkpoint)
    started_at = timezone.now()
    requests = [Request(slot.seed, slot.job.parameters) for slot in slots]
    made = engine.generate(requests)
    return sum(_finish(slot, one, engine, started_at) for slot, one in zip(slots, made, strict=True))


def _finish(slot: Slot, made: Made, engine: Engine, started_at: datetime) -> int:
    work = made.work
    master = storage.put("masters", work.encode(), ".png")
    width, height = work.size or (None, None)
    try:
        jobs.finish(
            slot,
            kind=work.kind,
            media_type=work.media_type,
            width=width,
            height=height,
            content_sha256=master.sha256,
            master_name=master.name,
            parameters=dict(made.parameters),
            profile={**engine.profile(), "code_commit": code_commit()},
            scores=pictures.scores(work.pixels) if isinstance(work, Picture) else {},
            started_at=started_at,
        )
    except jobs.LeaseLost:
        log.warning("slot %s was taken over; this result is dropped", slot)
        return 0
    return 1


def _fail_all(slots: Sequence[Slot], code: str, detail: str) -> None:
    for slot in slots:
        jobs.fail(slot, code=code, detail=detail)


def _engine(checkpoint: Checkpoint) -> Engine:
    return _loaded(checkpoint.engine, checkpoint.folder, checkpoint.weights_sha256)


@lru_cache(maxsize=2)
def _loaded(engine: str, folder: str, weights_sha256: str) -> Engine:
    return load(engine, settings.CHECKPOINT_DIR / folder, weights_sha256=weights_sha256, device=settings.DEVICE)


@contextmanager
def _kept_leases(slots: Sequence[Slot]) -> Iterator[None]:
    """Renew the leases from a thread while the engine works, but not for ever: one that hangs loses its claim."""
    done = threading.Event()

    def beat() -> None:
        try:
            for _ in range(MAX_RENEWALS):
                if done.wait(settings.LEASE_SECONDS / 3):
                    return
                jobs.renew(slots)
        except Exception:
            log.exception("leases could not be renewed")
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
