"""Money going back: intended in the transaction that wants it, sent by a sweeper, booked once the provider has it.

Knows payments and the order that a payment was for, but not how orders are placed or settled.
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from common import audit, outbox, states
from common.errors import Unprocessable
from common.models import User
from marketplace.models import Order, Payment, Refund
from marketplace.order_states import STATES
from marketplace.payments import gateway, ledger
from marketplace.payouts.sending import claim

__all__ = ["NothingToRefund", "TooMuch", "booked_as", "intend", "intend_rest", "refresh", "send_due"]

log = logging.getLogger(__name__)

State = Refund.State


class NothingToRefund(Unprocessable):
    code = "payment_not_received"
    title = "This payment was not received, so nothing of it can go back."


class TooMuch(Unprocessable):
    code = "refund_exceeds_payment"
    title = "More would go back than was paid."


def intend(*, payment: Payment, action: str, amount_minor: int, reason: str, actor: User | None = None) -> Refund:
    """Resolve to give `amount_minor` of a payment back. The same action again is the same refund.

    Nothing is said to the provider yet, so this may be part of a larger transaction; `refund.intended` {refund_id} has
    it sent. `NothingToRefund`; `TooMuch` if all refunds of the payment together would exceed it.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        if known := Refund.objects.filter(action=action).first():
            return known
        if payment.state != Payment.State.SUCCEEDED:
            raise NothingToRefund(state=payment.state)
        left = payment.amount_minor - _total(payment, exclude_failed=True)
        if not 0 < amount_minor <= left:
            raise TooMuch(f"From 1 to {left} minor units can go back.", left_minor=left)
        refund = Refund.objects.create(
            payment=payment, action=action, amount_minor=amount_minor, currency=payment.currency, reason=reason
        )
        audit.record(
            action="refund.intend",
            subject=refund,
            role="staff" if actor else "system",
            actor=actor,
            after=refund.state,
            reason=reason,
        )
        outbox.emit("refund.intended", refund_id=str(refund.pk))
    return refund


def intend_rest(*, order: Order, why: str, reason: str, actor: User | None = None) -> list[Refund]:
    """Resolve to give back all that is left of what was paid for an order, payment by payment.

    `why` is one word that names the occasion: the same occasion again adds nothing.
    """
    with transaction.atomic():
        received = Payment.objects.select_for_update().filter(order=order, state=Payment.State.SUCCEEDED)
        return [
            intend(payment=payment, action=f"payment:{payment.pk}:{why}", amount_minor=left, reason=reason, actor=actor)
            for payment in received.order_by("pk")
            if (left := payment.amount_minor - _total(payment, exclude_failed=True))
        ]


def booked_as(refund_id: UUID) -> str:
    """The action under which a refund is booked."""
    return f"refund:{refund_id}"


def send_due(*, limit: int = 100) -> int:
    """Send what is intended, ask after what is pending, and return how many refunds succeeded."""
    due = Refund.objects.filter(state__in=[State.INTENDED, State.SENT], due_at__lte=timezone.now())
    done = 0
    for refund in list(due.select_related("payment").order_by("due_at")[:limit]):
        if not claim(refund):
            continue
        try:
            done += _apply(refund, _ask(refund))
        except gateway.PaymentProviderUnavailable:
            log.warning("the payment provider does not answer: refund %s is sent later", refund.pk)
        except gateway.PaymentProviderError as error:
            _fail(refund, f"{error.detail} {error.extra}")
        except Exception:
            log.exception("refund %s could not be sent", refund.pk)
    return done


def refresh(*, provider_id: str) -> None:
    """Look again at a refund that the provider says has changed. One that is not ours is left alone.

    A bank may send money back days after the refund succeeded: then the refund fails after all, and is unbooked.
    """
    mine = Refund.objects.select_related("payment").filter(provider_id=provider_id)
    refund = mine.filter(state__in=[State.SENT, State.SUCCEEDED]).first()
    if refund is None:
        return
    theirs = gateway.retrieve_refund(provider_id)
    if refund.state == State.SENT:
        _apply(refund, theirs)
    elif theirs.status in ("failed", "canceled"):
        _bounce(refund)


def _ask(refund: Refund) -> gateway.ProviderRefund:
    """The provider's refund for ours: the one it has, else a new one. `refund` is as it was before it was claimed."""
    if refund.provider_id:
        return gateway.retrieve_refund(refund.provider_id)
    intent_id = refund.payment.intent_id or ""
    # Keys are forgotten after a day, so before a repeat the provider's own list is asked.
    if refund.attempts and (found := gateway.find_refund(intent_id, refund.action)):
        return found
    return gateway.refund(
        payment_intent_id=intent_id,
        amount_minor=refund.amount_minor,
        reason=refund.reason,
        action_id=refund.action,
        idempotency_key=refund.action,
    )


def _apply(refund: Refund, theirs: gateway.ProviderRefund) -> bool:
    """Take over the provider's word; true if this call made the refund succeed."""
    if theirs.status in ("failed", "canceled"):
        _fail(refund, f"The provider says {theirs.status}.", provider_id=theirs.id)
        return False
    if theirs.status != "succeeded":
        Refund.objects.filter(pk=refund.pk, state=State.SENT).update(provider_id=theirs.id)
        return False
    ours = (refund.payment.intent_id, refund.amount_minor, refund.currency)
    if (theirs.payment_intent_id, theirs.amount_minor, theirs.currency) != ours:
        _fail(refund, f"The provider gave back something else: {theirs}", provider_id=theirs.id)
        return False
    return _succeed(refund, theirs.id)


def _succeed(refund: Refund, provider_id: str) -> bool:
    with transaction.atomic(durable=True):
        payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
        before = _total(payment, state=State.SUCCEEDED)
        sent = Refund.objects.filter(pk=refund.pk, state=State.SENT)
        if not sent.update(state=State.SUCCEEDED, provider_id=provider_id, succeeded_at=timezone.now()):
            return False
        audit.record(action="refund.succeed", subject=refund, role="system", before=State.SENT, after=State.SUCCEEDED)
        ledger.reverse(
            action=booked_as(refund.pk),
            receipt=ledger.receipt_of(payment.pk),
            amount_minor=refund.amount_minor,
            before_minor=before,
        )
        outbox.emit("refund.succeeded", refund_id=str(refund.pk))
        _conclude(payment.order_id)
    return True


def _conclude(order_id: UUID) -> None:
    """An order is refunded when nothing of all that was paid for it is left: one refund of two payments leaves it."""
    order = Order.objects.select_for_update().get(pk=order_id)
    paid = order.payments.filter(state=Payment.State.SUCCEEDED).aggregate(total=Sum("amount_minor"))["total"] or 0
    back = Refund.objects.filter(payment__order=order, state=State.SUCCEEDED).aggregate(total=Sum("amount_minor"))
    if paid == (back["total"] or 0) and order.state != Order.State.REFUNDED:
        states.advance(order, to=Order.State.REFUNDED, table=STATES, role="system", action="order.refund")
        outbox.emit("order.refunded", order_id=str(order.pk), purpose=order.purpose)


def _fail(refund: Refund, why: str, *, provider_id: str | None = None) -> None:
    """A refund that will not succeed by itself: a person has to look, and the audit trail says why."""
    log.error("refund %s failed: %s", refund.pk, why)
    with transaction.atomic():
        sent = Refund.objects.filter(pk=refund.pk, state=State.SENT)
        if sent.update(state=State.FAILED, provider_id=provider_id):
            audit.record(
                action="refund.fail",
                subject=refund,
                role="system",
                before=State.SENT,
                after=State.FAILED,
                reason=why,
            )


def _bounce(refund: Refund) -> None:
    """The money is with us again. The books forget the refund; what was revoked stays so until a person decides."""
    log.error("refund %s was sent back by the bank", refund.pk)
    with transaction.atomic(durable=True):
        if not Refund.objects.filter(pk=refund.pk, state=State.SUCCEEDED).update(state=State.FAILED):
            return
        audit.record(
            action="refund.bounce",
            subject=refund,
            role="system",
            before=State.SUCCEEDED,
            after=State.FAILED,
            reason="The bank sent the money back.",
        )
        ledger.undo(action=f"refund:{refund.pk}:bounced", entry=booked_as(refund.pk))


def _total(payment: Payment, *, state: State | None = None, exclude_failed: bool = False) -> int:
    refunds = Refund.objects.filter(payment=payment)
    if state:
        refunds = refunds.filter(state=state)
    if exclude_failed:
        refunds = refunds.exclude(state=State.FAILED)
    return refunds.aggregate(total=Sum("amount_minor"))["total"] or 0
