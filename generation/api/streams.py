"""Sends a job's events as they happen, from a web process's thread or, for many listeners, from an ASGI process.

A thread that sends is a thread that answers nobody else. So a web process keeps few streams open, each for a minute;
whoever finds no place hears what is new at once and is told to come back, which every client of such streams does.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import StreamingHttpResponse

from generation.events import HEARTBEAT_SECONDS, Feed

__all__ = ["TICK_SECONDS", "respond"]

TICK_SECONDS = 1.0
_HEARTBEAT = ": nothing new\n\n"
_PLACES: Counter[Any] = Counter()
_LOCK = threading.Lock()


@dataclass(frozen=True)
class _Limits:
    """Of one process: open streams in all, of one person, and for how long each stays open."""

    streams: int
    per_person: int
    seconds: float
    retry_ms: int = 3000


def respond(feed: Feed, *, listener: Any, many: bool) -> StreamingHttpResponse:
    """The stream for one listener. `many`: this process serves streams only, without a thread for each."""
    if many:
        limits = _Limits(streams=2000, per_person=6, seconds=600)
        response = StreamingHttpResponse(_without_threads(feed, listener, limits), content_type="text/event-stream")
    else:
        limits = _Limits(streams=settings.EVENT_STREAMS, per_person=2, seconds=settings.EVENT_STREAM_SECONDS)
        response = StreamingHttpResponse(_in_a_thread(feed, listener, limits), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"
    return response


def _in_a_thread(feed: Feed, listener: Any, limits: _Limits) -> Iterator[str]:
    with _place(listener, limits) as has_place:
        yield f"retry: {limits.retry_ms}\n\n" + _news(feed)
        clock = _Clock(limits.seconds if has_place else 0)
        while not feed.is_over and clock.goes_on():
            time.sleep(TICK_SECONDS)
            if text := clock.heard(_news(feed)):
                yield text


async def _without_threads(feed: Feed, listener: Any, limits: _Limits) -> AsyncIterator[str]:
    with _place(listener, limits) as has_place:
        yield f"retry: {limits.retry_ms}\n\n" + await sync_to_async(_news)(feed)
        clock = _Clock(limits.seconds if has_place else 0)
        while not feed.is_over and clock.goes_on():
            await asyncio.sleep(TICK_SECONDS)
            if text := clock.heard(await sync_to_async(_news)(feed)):
                yield text


class _Clock:
    """When a stream ends, and when silence has to be broken so that nobody in between hangs up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._spoke_at = time.monotonic()

    def goes_on(self) -> bool:
        return time.monotonic() < self._end

    def heard(self, text: str) -> str:
        """What to send: the news, or a sign of life after a long silence."""
        now = time.monotonic()
        if not text and now - self._spoke_at < HEARTBEAT_SECONDS:
            return ""
        self._spoke_at = now
        return text or _HEARTBEAT


def _news(feed: Feed) -> str:
    """Read once, outside of any transaction; a connection that the database closed meanwhile is replaced."""
    close_old_connections()
    return feed.news()


@contextmanager
def _place(listener: Any, limits: _Limits) -> Iterator[bool]:
    """A place among this process's streams for as long as the stream is open, or False if there is none."""
    with _LOCK:
        free = _PLACES.total() < limits.streams and _PLACES[listener] < limits.per_person
        _PLACES[listener] += free
    try:
        yield free
    finally:
        with _LOCK:
            _PLACES[listener] -= free
            if not _PLACES[listener]:
                del _PLACES[listener]
