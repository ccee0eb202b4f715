"""What happened, told as Stripe's events: written in the same commit as the change, then delivered by the courier."""

from __future__ import annotations

import copy
import time

from marketplace.payments.sandbox import chaos
from marketplace.payments.sandbox.resources import API_VERSION, blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["emit", "resend"]


def emit(tx: Transaction, *happened: tuple[str, Json]) -> list[Json]:
    """Writes an event for each (type, object as it is now) and queues their delivery, in this order if undisturbed."""
    events = [_write(tx, kind, subject) for kind, subject in happened]
    if chaos.take(tx, "reorder") is not None:
        events.reverse()
    for event in events:
        late = chaos.take(tx, "delay") or 0.0
        copies = 1 if chaos.take(tx, "duplicate") is None else 2
        for _ in range(copies):
            _queue(tx, event["id"], late)
    return events


def resend(tx: Transaction, event_id: str) -> None:
    """Queues one more delivery of an event that was already sent, as the dashboard's button does."""
    _queue(tx, event_id, 0.0)


def _write(tx: Transaction, kind: str, subject: Json) -> Json:
    event = blank(
        "event",
        id=tx.new_id("evt"),
        api_version=API_VERSION,
        created=tx.now(),
        data={"object": copy.deepcopy(subject)},
        livemode=False,
        pending_webhooks=1,
        request={"id": None, "idempotency_key": None},
        type=kind,
    )
    for absent in ("account", "context"):
        del event[absent]
    return tx.insert(event)


def _queue(tx: Transaction, event_id: str, late: float) -> None:
    tx.sql.execute("INSERT INTO delivery (event, due_at) VALUES (?, ?)", (event_id, time.time() + late))
