"""Orders that end unpaid: cancelled by the buyer, or expired. The payment page is closed first, so nobody pays late."""

import logging
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from common import outbox, states
from common.errors import InvalidTransition, PermissionRefused
from common.models import User
from marketplace import editions
from marketplace.models import Order, Payment
from marketplace.order_states import STATES
from marketplace.orders import sessions
from marketplace.orders.settling import settle
from marketplace.payments import gateway

__all__ = ["cancel", "expire_due", "sweep"]

log = logging.getLogger(__name__)

FIRST_LOOK = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)


def cancel(*, order: Order, actor: User | None = None, reason: str = "") -> Order:
    """Cancel an unpaid order, for its buyer or (without `actor`) for the house; announced as `order.cancelled`.

    `InvalidTransition` if it was paid in the meantime.
    """
    if actor is not None and actor.pk != order.buyer_id:
        raise PermissionRefused("Only the buyer can cancel an order.")
    ended = _end(order.pk, to=Order.State.CANCELLED, actor=actor, reason=reason)
    if ended.state != Order.State.CANCELLED:
        raise InvalidTransition(f"This order is {ended.state}.", state=ended.state)
    return ended


def expire_due(*, limit: int = 100) -> int:
    """End the orders whose time has run out and return how many; announced as `order.expired`."""
    due = Order.objects.filter(state=Order.State.AWAITING_PAYMENT, expires_at__lte=timezone.now())
    expired = 0
    for order_id in list(due.order_by("expires_at").values_list("pk", flat=True)[:limit]):
        try:
            expired += _end(order_id, to=Order.State.EXPIRED).state == Order.State.EXPIRED
        except gateway.PaymentProviderUnavailable:
            log.warning("the payment provider does not answer: orders expire later")
            break
        except Exception:
            log.exception("order %s could not be expired", order_id)
    return expired


def sweep() -> None:
    """What a lost message or a crash left undone: orders to expire, and payments of which nobody told us."""
    expire_due()
    _look_after_payments()


def _look_after_payments(*, limit: int = 100) -> None:
    """Ask about each unfinished payment, at pauses that double with its age."""
    now = timezone.now()
    unfinished = Payment.objects.filter(state__in=sessions.UNFINISHED, created_at__lte=now - FIRST_LOOK)
    looked = 0
    for payment in unfinished.select_related("order").order_by("created_at").iterator():
        pause = min(now - payment.created_at, LONGEST_PAUSE)
        if not cache.add(f"payment-looked-at:{payment.pk}", True, timeout=pause.total_seconds()):
            continue
        try:
            if payment.order.state == Order.State.AWAITING_PAYMENT:
                settle(payment_id=payment.pk)
            else:
                _close(payment)
        except gateway.PaymentProviderUnavailable:
            log.warning("the payment provider does not answer: payments are settled later")
            return
        except Exception:
            log.exception("payment %s could not be settled", payment.pk)
        looked += 1
        if looked == limit:
            return


def _end(order_id: UUID, *, to: Order.State, actor: User | None = None, reason: str = "") -> Order:
    """End an order unless it turns out to be paid, and return it as it then is."""
    for payment in Payment.objects.filter(order=order_id, state__in=sessions.UNFINISHED).select_related("order"):
        _close(payment)
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.state != Order.State.AWAITING_PAYMENT:
            return order
        states.advance(
            order,
            to=to,
            table=STATES,
            role="buyer" if actor else "system",
            action=f"order.{'cancel' if to == Order.State.CANCELLED else 'expire'}",
            actor=actor,
            reason=reason,
        )
        for line in order.lines.filter(artwork__isnull=False).order_by("artwork_id", "id"):
            assert line.artwork_id is not None
            editions.release(line.artwork_id)
        outbox.emit(f"order.{to.value}", order_id=str(order.pk), purpose=order.purpose)
    return order


def _close(payment: Payment) -> None:
    """Close the payment's page; if it was paid before that, settle it."""
    if not payment.session_id:
        try:
            sessions.open_page(payment)
        except gateway.PaymentProviderError:
            return
    with suppress(gateway.PaymentProviderError):  # settling looks again, and knows what to make of it
        gateway.expire_checkout_session(payment.session_id or "")
    settle(payment_id=payment.pk)
