"""The outbox: what happened is written with the change itself, and carried to its handlers afterwards.

Handlers are registered by name when an app starts. A handler may be called more than once for one event (a crash
between its work and its tick), so each is idempotent. It runs outside any transaction of the outbox.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone

from common.models import OutboxDelivery, OutboxEvent

__all__ = ["Handler", "Listener", "deliver_due", "emit", "listen", "subscribe", "unsubscribe"]

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], None]
Listener = Callable[[OutboxEvent], None]

LEASE = timedelta(seconds=120)
LONGEST_WAIT = timedelta(minutes=10)

_handlers: dict[str, dict[str, Listener]] = {}
_by_name: dict[str, Listener] = {}


def subscribe(topic: str, name: str, handler: Handler) -> None:
    """Have `handler(payload)` called for each event of `topic`. `name` is stored with what is owed: keep it stable."""
    listen(topic, name, lambda event: handler(event.payload))


def listen(topic: str, name: str, handler: Listener) -> None:
    """The same for a handler that has to know the event itself: its id, its topic and its time."""
    _handlers.setdefault(topic, {})[name] = handler
    _by_name[name] = handler


def unsubscribe(topic: str, name: str) -> None:
    """Forget a handler. What is owed to it stays owed, until a process that knows it runs again."""
    del _handlers[topic][name]
    del _by_name[name]


def emit(topic: str, **payload: Any) -> OutboxEvent:
    """Write an event in the current transaction; its handlers are woken once that has committed."""
    with transaction.atomic():
        event = OutboxEvent.objects.create(topic=topic, payload=payload)
        owed = [OutboxDelivery(event=event, handler=name) for name in _handlers.get(topic, {})]
        OutboxDelivery.objects.bulk_create(owed)
        if owed:
            transaction.on_commit(_ring)
    return event


def _ring() -> None:
    from common.tasks import drain_outbox

    try:
        drain_outbox.delay()
    except Exception:  # a lost bell only delays: the scheduler rings again
        log.warning("outbox bell could not be rung", exc_info=True)


def deliver_due(*, limit: int = 200) -> int:
    """Carry out what is due, oldest first, and return how many deliveries were completed.

    Two drains may run at once: each delivery is leased by a conditional UPDATE first. A failure is written down and
    tried again later, with growing waits; it never holds up the others.
    """
    done = 0
    due = OutboxDelivery.objects.filter(done_at__isnull=True, due_at__lte=timezone.now(), handler__in=_by_name)
    for delivery in list(due.select_related("event").order_by("event_id")[:limit]):
        if _lease(delivery):
            done += _deliver(delivery)
    return done


def _lease(delivery: OutboxDelivery) -> bool:
    mine = OutboxDelivery.objects.filter(pk=delivery.pk, done_at__isnull=True, due_at=delivery.due_at)
    return bool(mine.update(due_at=timezone.now() + LEASE, attempts=delivery.attempts + 1))


def _deliver(delivery: OutboxDelivery) -> int:
    try:
        _by_name[delivery.handler](delivery.event)
    except Exception as error:
        if settings.OUTBOX_RAISES:
            raise
        log.exception("outbox: %s failed on %s", delivery.handler, delivery.event)
        wait = min(timedelta(seconds=2 ** min(delivery.attempts, 12)), LONGEST_WAIT)
        close_old_connections()
        OutboxDelivery.objects.filter(pk=delivery.pk).update(
            due_at=timezone.now() + wait, error=f"{type(error).__name__}: {error}"[:2000]
        )
        return 0
    OutboxDelivery.objects.filter(pk=delivery.pk).update(done_at=timezone.now(), error="")
    return 1
