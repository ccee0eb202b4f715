"""The inbox of the provider's events. One says only that something changed: what it is about is fetched again.

So an event that comes twice, late, out of order or never changes nothing in the outcome.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from marketplace import orders, payouts, refunds
from marketplace.models import Payment, StripeEvent
from marketplace.payments import gateway

__all__ = ["keep", "process_due"]

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=10)


def keep(event: gateway.ProviderEvent) -> bool:
    """Store an event whose signature was verified, committed when this returns; false if it is here already."""
    row = StripeEvent(id=event.id, type=event.type, object_type=event.object_type, object_id=event.object_id)
    with transaction.atomic(durable=True):
        known = StripeEvent.objects.filter(pk=event.id).exists()
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return not known


def process_due(*, limit: int = 200) -> int:
    """Act on the events that were not acted on yet, oldest first, and return how many were ticked off.

    One that fails is tried again at growing pauses and holds up no other. One of an unknown type is only ticked off.
    """
    due = StripeEvent.objects.filter(processed_at__isnull=True, due_at__lte=timezone.now())
    done = 0
    for event in list(due.order_by("received_at", "id")[:limit]):
        if _claim(event):
            done += _process(event)
    return done


def _claim(event: StripeEvent) -> bool:
    mine = StripeEvent.objects.filter(pk=event.pk, processed_at__isnull=True, due_at=event.due_at)
    return bool(mine.update(due_at=timezone.now() + LEASE, attempts=event.attempts + 1))


def _process(event: StripeEvent) -> bool:
    rows = StripeEvent.objects.filter(pk=event.pk)
    try:
        _act(event)
    except Exception as error:
        log.warning("event %s could not be acted on", event, exc_info=True)
        wait = min(timedelta(seconds=2 ** min(event.attempts, 12)), LONGEST_WAIT)
        rows.update(due_at=timezone.now() + wait, error=f"{type(error).__name__}: {error}"[:2000])
        return False
    rows.update(processed_at=timezone.now(), error="")
    return True


def _act(event: StripeEvent) -> None:
    if event.object_type == "checkout.session":
        if payment_id := _payment_of(event.object_id):
            orders.settle(payment_id=payment_id)
    elif event.object_type == "payment_intent":
        for payment in Payment.objects.filter(intent_id=event.object_id):
            orders.settle(payment_id=payment.pk)
    elif event.object_type == "refund":
        refunds.refresh(provider_id=event.object_id)
    elif event.object_type == "account":
        payouts.refresh_account(provider_id=event.object_id)


def _payment_of(session_id: str) -> UUID | None:
    """The payment of a page, also if the answer that named the page never reached us; None if it is not ours."""
    known = Payment.objects.filter(session_id=session_id).values_list("pk", flat=True).first()
    if known is not None:
        return known
    session = gateway.retrieve_checkout_session(session_id)
    try:
        payment_id = UUID(session.payment_id)
    except ValueError:
        return None
    orders.adopt_session(payment_id=payment_id, session_id=session_id, session_url=session.url or "")
    return Payment.objects.filter(session_id=session_id).values_list("pk", flat=True).first()
