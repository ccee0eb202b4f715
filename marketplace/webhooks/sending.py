"""Messages go out: leased, signed, posted, and written down. Signed after Standard Webhooks 1.0 (standardwebhooks.com).

About one thing, a message waits until the one before it was heard or given up. A message may arrive twice (a crash
between the answer and its tick), always under the same id.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.models import OutboxDelivery
from marketplace.models import WebhookEndpoint, WebhookMessage
from marketplace.webhooks import addresses
from marketplace.webhooks.endpoints import drop

__all__ = ["HANDLER", "WAITS", "deliver_due"]

HANDLER = "webhooks.enqueue"
# After each failure; then every twelve hours, until three days are over.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.25, 1, 5, 30, 120, 300, 720))
_LEASE = timedelta(seconds=60)
_GONE = 410


def deliver_due(*, limit: int = 100) -> int:
    """Send what is due, and return how many messages were heard. Two runs at once send nothing twice."""
    heard = 0
    for message in _due(limit):
        if _lease(message):
            heard += _send(message)
    return heard


def _due(limit: int) -> list[WebhookMessage]:
    waiting = WebhookMessage.objects.filter(state=WebhookMessage.State.WAITING)
    before = waiting.filter(
        endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), event_id__lt=OuterRef("event_id")
    )
    first = waiting.filter(~Exists(before), due_at__lte=timezone.now())
    # What happened earlier and is not in the queue yet holds up what came after it.
    owed = OutboxDelivery.objects.filter(handler=HANDLER, done_at__isnull=True, attempts__lt=3).order_by("event_id")
    if (oldest := owed.values_list("event_id", flat=True).first()) is not None:
        first = first.filter(event_id__lt=oldest)
    return list(first.select_related("endpoint").order_by("event_id")[:limit])


def _lease(message: WebhookMessage) -> bool:
    mine = WebhookMessage.objects.filter(pk=message.pk, state=WebhookMessage.State.WAITING, due_at=message.due_at)
    return bool(mine.update(due_at=timezone.now() + _LEASE, attempts=message.attempts + 1))


def _send(message: WebhookMessage) -> bool:
    now = timezone.now()
    try:
        answer = addresses.post(message.endpoint.url, message.body.encode(), _headers(message, now))
    except addresses.Unreachable as error:
        return _failed(message, str(error))
    if 200 <= answer.status < 300:
        return bool(
            _written(message, state=WebhookMessage.State.DELIVERED, delivered_at=now, answer=str(answer.status))
        )
    if answer.status == _GONE:
        return _gone(message)
    return _failed(message, f"{answer.status} {answer.words}")


def _headers(message: WebhookMessage, now: datetime) -> dict[str, str]:
    moment = str(int(now.timestamp()))
    key = base64.b64decode(message.endpoint.secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message.pk}.{moment}.{message.body}".encode(), hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Vernissage-Webhooks/1",
        "webhook-id": str(message.pk),
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _failed(message: WebhookMessage, why: str) -> bool:
    now = timezone.now()
    due = now + WAITS[min(message.attempts, len(WAITS) - 1)]
    if due > message.give_up_at:
        _written(message, state=WebhookMessage.State.FAILED, answer=why[:200])
    else:
        _written(message, due_at=due, answer=why[:200])
    return False


def _gone(message: WebhookMessage) -> bool:
    _written(message, state=WebhookMessage.State.DROPPED, answer=str(_GONE))
    active = WebhookEndpoint.objects.filter(pk=message.endpoint_id, state=WebhookEndpoint.State.ACTIVE)
    active.update(state=WebhookEndpoint.State.GONE)
    drop(message.endpoint)
    return False


def _written(message: WebhookMessage, **columns: object) -> int:
    """Only while it still waits: what was dropped or heard meanwhile stays so."""
    return WebhookMessage.objects.filter(pk=message.pk, state=WebhookMessage.State.WAITING).update(**columns)
