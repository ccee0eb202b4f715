"""What a worker does beside making: it keeps leases alive, tells how far a batch is, and hears when nobody waits.

An engine calls the watch between steps. A thread renews leases too, for steps that are long; but a step that never
ends loses its claim after a while, and another worker makes the slot.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import connections

from generation import jobs
from generation.engines.base import Stopped
from generation.models import Slot

__all__ = ["Watch"]

log = logging.getLogger(__name__)

# Renewals in a row without a step: half an hour with a lease of a minute.
_MOST_SILENT = 90
_LOOK_SECONDS, _TELL_SECONDS = 0.1, 0.5


class Watch:
    """Over one batch at a time, and over pieces of the one before that are still being stored."""

    def __init__(self, *, overdue: Callable[[], bool]) -> None:
        self._overdue = overdue
        self._making: list[Slot] = []
        self._held: dict[tuple[UUID, int], Slot] = {}
        self._silent = 0
        self._looked = self._told = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, slots: Sequence[Slot]) -> None:
        """From now on these are being made."""
        self._making = list(slots)
        self._held |= {(slot.pk, slot.fence): slot for slot in slots}
        self._looked = self._told = time.monotonic()
        self._silent = 0

    def made(self, slot: Slot) -> None:
        """The making of this one is over; its lease is kept until it is settled."""
        self._making = [other for other in self._making if other is not slot]

    def settled(self, *slots: Slot) -> None:
        """Nothing is owed to these any more."""
        for slot in slots:
            self._held.pop((slot.pk, slot.fence), None)

    def __call__(self, done: int, of: int) -> None:
        """The engine's `on_step`. Raises Stopped when every slot of the batch was cancelled or taken over."""
        self._silent = 0
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS or not self._making:
            return
        self._looked = now
        if self._overdue() or not jobs.ours(self._making):
            raise Stopped()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            jobs.report(self._making, done, of)

    def _renew(self) -> None:
        try:
            while not self._over.wait(settings.LEASE_SECONDS / 3):
                self._silent += 1
                if self._silent <= _MOST_SILENT and (held := tuple(self._held.values())):
                    _without_fault(held)
        finally:
            connections.close_all()


def _without_fault(held: Sequence[Slot]) -> None:
    try:
        jobs.renew(held)
    except Exception:
        log.exception("leases could not be renewed")
        connections.close_all()
