"""What the marketplace does when something has happened: each handler's stored name, and the function it stands for."""

from typing import Any
from uuid import UUID

from common import outbox
from marketplace import commissions, delivery, notices, payouts, previews, refunds
from marketplace.models import Order
from marketplace.payments import fees

__all__ = ["start"]


def start() -> None:
    """Listen. The names are stored with what is owed: they never change."""
    outbox.subscribe("payment.succeeded", "payments.book_fee", _book_fee)
    outbox.subscribe("refund.intended", "refunds.send", _send_refunds)
    outbox.subscribe("refund.succeeded", "payouts.recover", _recover)
    outbox.subscribe("payout.intended", "payouts.send", _send_payouts)
    outbox.subscribe("reversal.intended", "payouts.send_reversals", _send_payouts)
    outbox.subscribe("piece.papered", "previews.make", _make_previews)
    outbox.subscribe("order.paid", "delivery.order_paid", _order_paid)
    outbox.subscribe("order.fulfilled", "notices.order_fulfilled", _order_fulfilled)
    outbox.subscribe("order.refunded", "delivery.order_refunded", _order_refunded)
    outbox.subscribe("commission.cancelled", "commissions.close_orders", _close_orders)
    outbox.subscribe("commission.declined", "commissions.close_orders", _close_orders)


def _book_fee(payload: dict[str, Any]) -> None:
    fees.book(payment_id=UUID(payload["payment_id"]))


def _send_refunds(payload: dict[str, Any]) -> None:
    refunds.send_due()


def _recover(payload: dict[str, Any]) -> None:
    payouts.recover(entry=refunds.booked_as(UUID(payload["refund_id"])))


def _send_payouts(payload: dict[str, Any]) -> None:
    payouts.send_due()


def _make_previews(payload: dict[str, Any]) -> None:
    previews.make(UUID(payload["piece_id"]))


def _order_paid(payload: dict[str, Any]) -> None:
    for_artwork = payload["purpose"] == Order.Purpose.ARTWORK
    (delivery.fulfil if for_artwork else commissions.milestone_paid)(UUID(payload["order_id"]))


def _order_fulfilled(payload: dict[str, Any]) -> None:
    notices.order_fulfilled(UUID(payload["order_id"]))


def _order_refunded(payload: dict[str, Any]) -> None:
    for_artwork = payload["purpose"] == Order.Purpose.ARTWORK
    (delivery.revoke if for_artwork else commissions.milestone_refunded)(UUID(payload["order_id"]))


def _close_orders(payload: dict[str, Any]) -> None:
    commissions.close_orders(UUID(payload["commission_id"]))
