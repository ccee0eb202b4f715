"""Addresses that get messages: added with a secret that is shown once, removed for good."""

import base64
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from common import audit
from common.errors import BadRequest
from common.models import User
from marketplace.models import WebhookEndpoint, WebhookMessage
from marketplace.webhooks import addresses

__all__ = ["SUBJECTS", "TOPICS", "add", "remove"]

# Topics that go out, and the field that says what each is about. Their names are promises to other systems.
SUBJECTS = {
    **dict.fromkeys(("artwork.listed", "artwork.unlisted"), "artwork_id"),
    **dict.fromkeys(
        ("order.placed", "order.paid", "order.fulfilled", "order.refunded", "order.expired", "order.cancelled"),
        "order_id",
    ),
    **dict.fromkeys(("grant.made", "grant.revoked", "grant.expired", "grant.transferred"), "grant_id"),
    **dict.fromkeys(("piece.finished", "piece.papered"), "piece_id"),
    **dict.fromkeys(
        ("review.submitted", "review.approved", "review.rejected", "review.changes_requested", "review.withdrawn"),
        "review_id",
    ),
}
TOPICS = tuple(sorted(SUBJECTS))
_MOST = 20
_SECRET_BYTES = 24


class AddressRefused(BadRequest):
    code = "webhook_address_refused"
    title = "Messages cannot be sent to this address. Give a public https:// address."


class TooManyEndpoints(BadRequest):
    code = "too_many_webhooks"
    title = f"There are {_MOST} endpoints already. Remove one first."


def add(*, url: str, topics: Sequence[str], by: User) -> WebhookEndpoint:
    """A new endpoint with a fresh secret. Raises AddressRefused, TooManyEndpoints, BadRequest for unknown topics."""
    parts = urlsplit(url)
    if parts.scheme not in _schemes() or not parts.hostname or parts.username or parts.fragment:
        raise AddressRefused()
    try:
        addresses.of(parts.hostname, parts.port or 443)
    except (addresses.Unreachable, ValueError) as error:
        raise AddressRefused(f"Messages cannot be sent to this address: {error}") from error
    if unknown := sorted(set(topics) - set(TOPICS)):
        raise BadRequest(f"There are no topics {', '.join(unknown)}.")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    with transaction.atomic():
        if WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ACTIVE).count() >= _MOST:
            raise TooManyEndpoints()
        made = WebhookEndpoint.objects.create(url=url, topics=sorted(set(topics)), secret=secret)
        audit.record(action="webhook.added", subject=made, role="operator", actor=by, after=made.state)
    return made


def remove(*, endpoint: WebhookEndpoint, by: User) -> None:
    """Send nothing there any more; what was sent stays on record. Removing again changes nothing."""
    with transaction.atomic():
        live = WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(state=WebhookEndpoint.State.REMOVED)
        if live.update(state=WebhookEndpoint.State.REMOVED):
            drop(endpoint)
            audit.record(action="webhook.removed", subject=endpoint, role="operator", actor=by, before=endpoint.state)


def drop(endpoint: WebhookEndpoint) -> None:
    """End what still waits to be sent to it."""
    waiting = WebhookMessage.objects.filter(endpoint=endpoint, state=WebhookMessage.State.WAITING)
    waiting.update(state=WebhookMessage.State.DROPPED)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOKS_TO_PRIVATE else ("https",)
