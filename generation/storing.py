"""From a made work to stored files and the columns of its Piece, beside the making of the next.

Each of the `STORING_THREADS` is one piece behind at most, so memory stays bounded; a process of its own encodes and
scores for it, so that this costs the device no time.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import connections

from common import storage
from generation import cost, jobs, preparing
from generation.engines.base import Made, Work
from generation.models import Slot
from generation.scoring import scores

__all__ = ["Storing", "columns"]

log = logging.getLogger(__name__)

_SUFFIXES = {
    "image/png": ".png",
    "image/webp": ".webp",
    "model/gltf-binary": ".glb",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
}


@dataclass(frozen=True)
class Making:
    """What the pieces of one batch have in common: the engine's profile, and when it was begun."""

    profile: dict[str, Any]
    started_at: datetime


class Storing:
    """Stores and commits pieces while others are made. Leaving it waits for the last."""

    def __init__(self, *, settled: Callable[[Slot], None]) -> None:
        self.finished = 0
        self._settled = settled
        self._threads: int = settings.STORING_THREADS
        self._pool = ThreadPoolExecutor(self._threads, "storing")
        self._pending: deque[Future[bool]] = deque()

    def __enter__(self) -> Self:
        preparing.warm(self._threads)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self._wait(0)
        finally:
            # Each thread has a connection of its own: none is done before all have begun.
            all_here = threading.Barrier(self._threads)
            for _thread in range(self._threads):
                self._pool.submit(_close_connections, all_here)
            self._pool.shutdown()

    def put(self, slot: Slot, made: Made, making: Making) -> None:
        """Hand a piece over; waits until a thread is free. Raises what kept an earlier failure from being noted."""
        self._wait(self._threads - 1)
        self._pending.append(self._pool.submit(self._store, slot, made, making))

    def _wait(self, most: int) -> None:
        while len(self._pending) > most:
            self.finished += self._pending.popleft().result()

    def _store(self, slot: Slot, made: Made, making: Making) -> bool:
        try:
            prepared = preparing.apart(made.work)
            jobs.finish(
                slot,
                **columns(made, prepared),
                scores=scores(made, slot.job.checkpoint, prepared),
                profile=making.profile,
                started_at=making.started_at,
            )
            return True
        except jobs.LeaseLost:
            log.warning("slot %s was taken over or cancelled; this result is dropped", slot)
        except Exception as error:
            log.exception("the piece of slot %s could not be stored", slot)
            jobs.put_off(slot, code="not_stored", detail=f"The piece could not be stored ({type(error).__name__}).")
        finally:
            self._settled(slot)
        return False


def _close_connections(all_here: threading.Barrier) -> None:
    all_here.wait()
    connections.close_all()


def columns(made: Made, prepared: preparing.Prepared) -> dict[str, Any]:
    """Store all files of a made work in `masters`; what its Piece says of them and of its cost."""
    work = made.work
    master = storage.put("masters", prepared.master, _SUFFIXES[work.media_type])
    width, height = work.size or (None, None)
    return {
        "kind": work.kind,
        "media_type": work.media_type,
        "width": width,
        "height": height,
        "content_sha256": master.sha256,
        "master_name": master.name,
        "still_name": "" if prepared.still is None else storage.put("masters", prepared.still, ".png").name,
        "companions": _companions(work),
        "parameters": dict(made.parameters),
        "steps": [step.document() for step in made.steps],
        "device_seconds": round(made.seconds, 3),
        "cost": cost.of(made.seconds),
        "cost_currency": settings.CURRENCY,
    }


def _companions(work: Work) -> dict[str, dict[str, str]]:
    stored = {}
    for name, companion in work.companions.items():
        file = storage.put("masters", companion.data, companion.suffix)
        stored[name] = {"name": file.name, "sha256": file.sha256, "media_type": companion.media_type}
    return stored
