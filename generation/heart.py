"""A worker process as others see it: its row beats while it lives, and says whether it works, drains or is gone.

Knows nothing of engines: the scheduler, too, asks here which queues somebody hears.
"""

import logging
import os
import socket
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import connections
from django.utils import timezone

from generation.models import Worker

__all__ = ["Heart", "heard", "tidy"]

log = logging.getLogger(__name__)

_SILENT = timedelta(seconds=60)
_FORGOTTEN = timedelta(days=1)
_BEAT_SECONDS, _LOOK_SECONDS = 15.0, 0.5


class Heart:
    """Of one process. `drain` is what SIGTERM leads to: no new claims, the piece in hand, the rest given back."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"[-80:]
        self._state = "idle"
        self._pieces = 0
        self._drained_at: float | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def draining(self) -> bool:
        return self._drained_at is not None

    @property
    def draining_seconds(self) -> float:
        """For how long it has been draining; zero if it has not."""
        return 0.0 if self._drained_at is None else time.monotonic() - self._drained_at

    @property
    def overdue(self) -> bool:
        """It has been draining for longer than it may take: what is in hand is given back too."""
        return bool(self.draining_seconds > settings.DRAIN_SECONDS)

    @property
    def beating(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Begin to beat, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
            self._thread.start()

    def say(self, state: str, *, pieces: int = 0) -> None:
        """`idle` or `working`, and how many more pieces are finished; written soon, by the thread."""
        self._pieces += pieces
        self._state = "draining" if self.draining else state

    def drain(self) -> None:
        """Only notes what is to be done, and takes no lock: it is called from a signal handler."""
        if self._drained_at is None:
            self._state, self._drained_at = "draining", time.monotonic()

    def stop(self) -> None:
        """Say that this worker is gone, and beat no more."""
        if self._thread is not None:
            self._state = "gone"
            self._over.set()
            self._thread.join(10)
            self._thread = None

    def _beat(self) -> None:
        written: tuple[str, int] | None = None
        due = 0.0
        while True:
            over = self._over.is_set()
            said = (self._state, self._pieces)
            if said != written or time.monotonic() > due:
                written, due = said, time.monotonic() + _BEAT_SECONDS
                self._write(*said)
            if over:
                return
            self._over.wait(_LOOK_SECONDS)

    def _write(self, state: str, pieces: int) -> None:
        seen = {"state": state, "pieces": pieces, "beat_at": timezone.now()}
        born = {"queues": ",".join(settings.WORKER_QUEUES)[:200], "device": settings.DEVICE[:40], **seen}
        try:
            Worker.objects.update_or_create(name=self.name, defaults=seen, create_defaults=born)
        except Exception:
            log.warning("the worker's row could not be written", exc_info=True)
        finally:
            connections.close_all()


def heard(queue: str) -> bool:
    """Whether a living worker serves this queue."""
    alive = Worker.objects.filter(beat_at__gt=timezone.now() - _SILENT).exclude(state="gone")
    return any(not queues or queue in queues.split(",") for queues in alive.values_list("queues", flat=True))


def tidy() -> None:
    """Call gone who has been silent for a minute, and forget who was gone a day ago."""
    now = timezone.now()
    Worker.objects.filter(beat_at__lt=now - _SILENT).exclude(state="gone").update(state="gone")
    Worker.objects.filter(beat_at__lt=now - _FORGOTTEN, state="gone").delete()
