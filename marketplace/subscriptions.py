"""What the marketplace does when something has happened: each handler's stored name, and the function it stands for."""

from typing import Any
from uuid import UUID

from common import outbox
from marketplace import refunds
from marketplace.payments import fees

__all__ = ["start"]


def start() -> None:
    """Listen. The names are stored with what is owed: they never change."""
    outbox.subscribe("payment.succeeded", "payments.book_fee", _book_fee)
    outbox.subscribe("refund.intended", "refunds.send", _send_refunds)


def _book_fee(payload: dict[str, Any]) -> None:
    fees.book(payment_id=UUID(payload["payment_id"]))


def _send_refunds(payload: dict[str, Any]) -> None:
    refunds.send_due()
