"""What happened becomes one message for each endpoint that wants it, once for each event."""

import json
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common import audit
from common.errors import Conflict
from common.models import OutboxEvent, User
from marketplace.models import WebhookEndpoint, WebhookMessage
from marketplace.webhooks.endpoints import SUBJECTS

__all__ = ["TRIED_FOR", "enqueue", "replay"]

TRIED_FOR = timedelta(days=3)
# Nothing but these goes out: ids to ask the API with, never words or names.
_TOLD = ("artwork_id", "order_id", "grant_id", "piece_id", "review_id", "purpose", "exclusive", "at")


class EndpointEnded(Conflict):
    code = "webhook_ended"
    title = "This endpoint was removed or has answered that it is gone. Add it anew."


def enqueue(event: OutboxEvent) -> None:
    """Write the messages of an event. Doing so again adds none."""
    wanted = [
        one for one in WebhookEndpoint.objects.filter(state="active") if not one.topics or event.topic in one.topics
    ]
    about = event.payload.get(SUBJECTS[event.topic], "")
    now = timezone.now()
    rows = [
        WebhookMessage(
            endpoint=endpoint,
            event_id=event.pk,
            topic=event.topic,
            subject=f"{SUBJECTS[event.topic]}:{about}",
            body=_body(event),
            happened_at=event.created_at,
            due_at=now,
            give_up_at=now + TRIED_FOR,
        )
        for endpoint in wanted
    ]
    WebhookMessage.objects.bulk_create(rows, ignore_conflicts=True)


def replay(*, message: WebhookMessage, by: User) -> None:
    """Have it sent again, the same bytes under the same id, for three days more. Raises EndpointEnded."""
    now = timezone.now()
    with transaction.atomic():
        message = WebhookMessage.objects.select_related("endpoint").get(pk=message.pk)
        if message.endpoint.state != WebhookEndpoint.State.ACTIVE:
            raise EndpointEnded()
        anew = {"state": WebhookMessage.State.WAITING, "attempts": 0, "due_at": now, "give_up_at": now + TRIED_FOR}
        WebhookMessage.objects.filter(pk=message.pk).update(**anew)
        audit.record(
            action="webhook.replayed", subject=message, role="operator", actor=by, before=message.state, after="waiting"
        )


def _body(event: OutboxEvent) -> str:
    data = {name: event.payload[name] for name in _TOLD if name in event.payload}
    told = {"id": str(event.pk), "type": event.topic, "timestamp": event.created_at.isoformat(), "data": data}
    return json.dumps(told, separators=(",", ":"))
