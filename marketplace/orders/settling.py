"""The one door to paid. The webhook, the return page and the sweeper all come through it, as often as they like."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common import audit, outbox, states
from common.errors import NotFound
from marketplace import editions, refunds
from marketplace.models import Order, Payment
from marketplace.order_states import ENDED_UNPAID, STATES
from marketplace.orders import sessions
from marketplace.payments import gateway, ledger

__all__ = ["fulfil", "settle"]

Session = gateway.CheckoutSession


def settle(*, payment_id: UUID) -> Order:
    """Bring the order in line with what the provider says now about this payment, and return it as it then is.

    Paid: the receipt is booked, the edition sold and `order.paid` {order_id, purpose} announced, once, however many
    call at the same time. What cannot be given for the money (sold out meanwhile, paid twice) is refunded. A page that
    does not agree with our row goes to review and never counts as paid.
    """
    payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
    if payment is None:
        raise NotFound("There is no such payment.")
    if payment.state in sessions.UNFINISHED:
        _look(payment)
    return Order.objects.get(pk=payment.order_id)


def fulfil(*, order: Order) -> None:
    """Mark a paid order as delivered, with its audit line."""
    states.advance(
        order,
        to=Order.State.FULFILLED,
        table=STATES,
        role="system",
        action="order.fulfil",
        fulfilled_at=timezone.now(),
    )


def _look(payment: Payment) -> None:
    if not payment.session_id:
        try:
            sessions.open_page(payment)
        except gateway.PaymentProviderError:
            return  # there never was a page, so nothing can have been paid
    try:
        session = gateway.retrieve_checkout_session(payment.session_id or "")
    except gateway.PaymentProviderError as error:
        if error.extra.get("provider_code") != "resource_missing" or not sessions.has_lapsed(payment):
            raise
        sessions.mark_expired(payment, problem="The provider does not know this page.")
        return
    if session.status == "expired":
        sessions.mark_expired(payment)
    elif session.payment_status != "unpaid":
        if problem := _disagreement(payment, session):
            _put_to_review(payment, problem)
        else:
            _receive(payment, session)


def _disagreement(payment: Payment, session: Session) -> str:
    """Where the page differs from our row, in words; empty if nowhere."""
    facts: list[tuple[str, Any, Any]] = [
        ("amount", payment.amount_minor, session.amount_total_minor),
        ("currency", payment.currency, session.currency),
        ("payment", str(payment.pk), session.payment_id),
        ("live mode", "_live_" in settings.STRIPE_SECRET_KEY, session.livemode),
        ("payment status", "paid", session.payment_status),
        ("payment intent", True, bool(session.payment_intent_id)),
    ]
    return "; ".join(f"{what}: ours {ours}, theirs {theirs}" for what, ours, theirs in facts if ours != theirs)


def _put_to_review(payment: Payment, problem: str) -> None:
    with transaction.atomic(durable=True):
        unfinished = Payment.objects.filter(pk=payment.pk, state__in=sessions.UNFINISHED)
        if unfinished.update(state=Payment.State.REVIEW, problem=problem[:200]):
            audit.record(
                action="payment.review",
                subject=payment,
                role="system",
                before=payment.state,
                after=Payment.State.REVIEW,
                reason=problem,
            )


def _receive(payment: Payment, session: Session) -> None:
    """Everything that being paid means, in one transaction. Losing the race to another caller is success."""
    with transaction.atomic(durable=True):
        unfinished = Payment.objects.filter(pk=payment.pk, state__in=sessions.UNFINISHED)
        won = unfinished.update(
            state=Payment.State.SUCCEEDED, intent_id=session.payment_intent_id, succeeded_at=timezone.now()
        )
        if not won:
            return
        audit.record(
            action="payment.succeed",
            subject=payment,
            role="system",
            before=payment.state,
            after=Payment.State.SUCCEEDED,
        )
        payment.refresh_from_db()
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        if _take(order):
            _book(order, payment)
            outbox.emit("order.paid", order_id=str(order.pk), purpose=order.purpose)
        else:
            ledger.book_unowed(
                action=ledger.receipt_of(payment.pk), currency=payment.currency, amount_minor=payment.amount_minor
            )
            refunds.intend(
                payment=payment,
                action=f"payment:{payment.pk}:undeliverable",
                amount_minor=payment.amount_minor,
                reason="Nothing could be given for this payment.",
            )
        outbox.emit("payment.succeeded", payment_id=str(payment.pk))


def _take(order: Order) -> bool:
    """Make the order paid and its editions sold, if that can be. Otherwise say no, and give back what was held."""
    waiting = order.state == Order.State.AWAITING_PAYMENT
    late = order.state in ENDED_UNPAID and order.purpose == Order.Purpose.ARTWORK
    if not (waiting or late):
        return False
    lines = order.lines.filter(artwork__isnull=False).order_by("artwork_id", "id")
    try:
        with transaction.atomic():
            for line in lines:
                editions.sell(line, from_hold=waiting)
    except (editions.SoldOut, editions.NotForSale) as refused:
        if waiting:
            for line in lines:
                assert line.artwork_id is not None
                editions.release(line.artwork_id)
            _advance(order, Order.State.CANCELLED, "order.cancel", reason=refused.detail)
        return False
    _advance(order, Order.State.PAID, "order.pay", paid_at=timezone.now())
    return True


def _advance(order: Order, to: Order.State, action: str, **changes: Any) -> None:
    states.advance(order, to=to, table=STATES, role="system", action=action, **changes)


def _book(order: Order, payment: Payment) -> None:
    line = order.lines.select_related("artwork").order_by("id")[0]
    facts: dict[str, Any] = {
        "action": ledger.receipt_of(payment.pk),
        "currency": payment.currency,
        "amount_minor": payment.amount_minor,
    }
    if line.artwork is not None:
        ledger.book_sale(**facts, maker_id=line.artwork.maker_id)
    else:
        assert line.commission_id is not None
        ledger.book_deposit(**facts, commission_id=line.commission_id)
