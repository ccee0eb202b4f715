"""What the marketplace does when something has happened: each handler's stored name, and the function it stands for."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from common import outbox
from licensing.models import Claim, Grant, GrantTransfer
from marketplace import (
    catalogue,
    claim_letters,
    commissions,
    delivery,
    notices,
    payouts,
    previews,
    refunds,
    webhooks,
    withdrawal_letters,
)
from marketplace.models import Order
from marketplace.payments import fees
from marketplace.privacy import letters
from marketplace.webhooks import sending

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
    outbox.subscribe("transfer.offered", "notices.transfer_offered", _transfer_offered)
    outbox.subscribe("grant.transferred", "delivery.grant_transferred", _grant_transferred)
    for topic in webhooks.TOPICS:
        outbox.listen(topic, sending.HANDLER, webhooks.enqueue)
    outbox.subscribe("withdrawal.done", "withdrawal_letters.send", _withdrawal_done)
    outbox.subscribe("review.restored", "catalogue.bring_back", _bring_back)
    for what, letter in claim_letters.LETTERS.items():
        outbox.subscribe(f"claim.{what}", f"claim_letters.{what}", _claim_letter(letter))
    outbox.subscribe("export.ready", "privacy.export_ready", _export_ready)
    outbox.subscribe("erasure.asked", "privacy.erasure_asked", _erasure_asked)
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


def _transfer_offered(payload: dict[str, Any]) -> None:
    notices.transfer_offered(UUID(payload["transfer_id"]))


def _grant_transferred(payload: dict[str, Any]) -> None:
    transfer = GrantTransfer.objects.select_related("grant__piece__slot__job").get(pk=payload["transfer_id"])
    if transfer.grant.state == Grant.State.LIVE and transfer.grant.holding == transfer.holding + 1:
        delivery.make_files(transfer.grant, language=transfer.language)
        notices.grant_transferred(transfer)


def _withdrawal_done(payload: dict[str, Any]) -> None:
    withdrawal_letters.send(UUID(payload["withdrawal_id"]))


def _close_orders(payload: dict[str, Any]) -> None:
    commissions.close_orders(UUID(payload["commission_id"]))


def _bring_back(payload: dict[str, Any]) -> None:
    catalogue.bring_back(UUID(payload["piece_id"]))


def _claim_letter(letter: Callable[[Claim], None]) -> outbox.Handler:
    def write(payload: dict[str, Any]) -> None:
        letter(Claim.objects.select_related("piece__slot__job__requested_by").get(pk=payload["claim_id"]))

    return write


def _export_ready(payload: dict[str, Any]) -> None:
    letters.export_ready(UUID(payload["export_id"]))


def _erasure_asked(payload: dict[str, Any]) -> None:
    letters.erasure_asked(UUID(payload["erasure_id"]))
