"""A payment's page at the provider, opened with the key that the payment was written with, so that it is one page."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common import audit
from common.errors import Conflict
from marketplace.models import Order, Payment
from marketplace.payments import gateway

__all__ = ["LIFETIME", "UNFINISHED", "NotPayable", "adopt_session", "has_lapsed", "intend", "mark_expired", "open_page"]

# The provider wants at least half an hour. The hold lapses earlier, and then the sweeper closes the page.
LIFETIME = timedelta(hours=1)
UNFINISHED = (Payment.State.CREATED, Payment.State.OPEN)


class NotPayable(Conflict):
    code = "order_not_payable"
    title = "This order cannot be paid any more."


def intend(order_id: UUID) -> Payment:
    """The order's unfinished payment, or a new one with its key, committed before anything is said to the provider.

    `NotPayable` if the order is not awaiting payment, its time has run out, or a payment of it is being looked into.
    """
    with transaction.atomic(durable=True):
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.state != Order.State.AWAITING_PAYMENT:
            raise NotPayable(f"This order is {order.get_state_display()}.", state=order.state)
        if order.expires_at <= timezone.now():
            raise NotPayable("The time to pay has run out. Place the order again.", state=order.state)
        if order.payments.filter(state=Payment.State.REVIEW).exists():
            raise NotPayable("A payment of this order is being looked into. Do not pay again.", state=order.state)
        if payment := order.payments.filter(state__in=UNFINISHED).order_by("-created_at").first():
            return payment
        payment = Payment(order=order, amount_minor=order.total_minor, currency=order.currency)
        payment.idempotency_key = f"payment:{payment.pk}:session"
        payment.save(force_insert=True)
        audit.record(action="payment.intend", subject=payment, role="system", after=payment.state)
    return payment


def open_page(payment: Payment) -> None:
    """Ask the provider for the payment's page and keep its address. Asking again gets the same page.

    If the provider refuses for good, the payment is closed, so that the buyer can start another.
    """
    order = payment.order
    line = order.lines.order_by("id")[0]
    try:
        session = gateway.create_checkout_session(
            payment_id=str(payment.pk),
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            description=line.description,
            customer_email=order.email,
            success_url=f"{settings.SITE_URL}/orders/{order.pk}/return/",
            cancel_url=f"{settings.SITE_URL}/orders/{order.pk}/",
            expires_at=payment.created_at + LIFETIME,
            locale=order.language,
            idempotency_key=payment.idempotency_key,
        )
    except gateway.PaymentProviderError as error:
        mark_expired(payment, problem=f"{error.detail} {error.extra}")
        raise
    with transaction.atomic():
        new = Payment.objects.filter(pk=payment.pk, session_id__isnull=True, state__in=UNFINISHED)
        if new.update(session_id=session.id, session_url=session.url or "", state=Payment.State.OPEN):
            audit.record(
                action="payment.open",
                subject=payment,
                role="system",
                before=payment.state,
                after=Payment.State.OPEN,
            )
    payment.refresh_from_db()


def adopt_session(*, payment_id: UUID, session_id: str, session_url: str) -> None:
    """Give a payment the page that was opened for it, when the provider's answer never reached us."""
    with transaction.atomic():
        orphan = Payment.objects.filter(
            pk=payment_id, session_id__isnull=True, state__in=[*UNFINISHED, Payment.State.EXPIRED]
        )
        if orphan.update(session_id=session_id, session_url=session_url, state=Payment.State.OPEN):
            payment = Payment.objects.get(pk=payment_id)
            audit.record(action="payment.adopt", subject=payment, role="system", after=payment.state)


def has_lapsed(payment: Payment) -> bool:
    """Whether the page's time at the provider is over."""
    return payment.created_at + LIFETIME <= timezone.now()


def mark_expired(payment: Payment, *, problem: str = "") -> None:
    """Close a payment that can no longer be paid. One that is finished stays as it is."""
    with transaction.atomic():
        unfinished = Payment.objects.filter(pk=payment.pk, state__in=UNFINISHED)
        if unfinished.update(state=Payment.State.EXPIRED, problem=problem[:200]):
            audit.record(
                action="payment.expire",
                subject=payment,
                role="system",
                before=payment.state,
                after=Payment.State.EXPIRED,
                reason=problem,
            )
    payment.refresh_from_db()
