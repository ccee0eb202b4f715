"""The platform's balance: one transaction for each movement of money, with the fee that Stripe keeps."""

from __future__ import annotations

from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["book_charge", "book_failed_refund", "book_refund", "current", "fee_minor"]

_FEE_PER_THOUSAND = 15
_FEE_FIXED_MINOR = 25
_DAYS_UNTIL_AVAILABLE = 7


def fee_minor(amount_minor: int) -> int:
    """1.5 % and 25 of the smallest unit, halves rounded up: what a European card costs."""
    return (amount_minor * _FEE_PER_THOUSAND + 500) // 1000 + _FEE_FIXED_MINOR


def book_charge(tx: Transaction, charge: Json) -> Json:
    fee = fee_minor(charge["amount"])
    detail = {
        "amount": fee,
        "application": None,
        "currency": charge["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return _book(tx, charge, amount=charge["amount"], fee=fee, fee_details=[detail], kind="charge")


def book_refund(tx: Transaction, refund: Json) -> Json:
    """Stripe keeps the fee of the charge, and takes none for the refund."""
    return _book(tx, refund, amount=-refund["amount"], fee=0, fee_details=[], kind="refund")


def book_failed_refund(tx: Transaction, refund: Json) -> Json:
    """The money that could not be given back returns to the balance."""
    return _book(tx, refund, amount=refund["amount"], fee=0, fee_details=[], kind="refund_failure")


def current(tx: Transaction, transaction: Json) -> Json:
    """The transaction as it reads today: pending until the money is available."""
    return {**transaction, "status": "available" if transaction["available_on"] <= tx.now() else "pending"}


def _book(tx: Transaction, source: Json, *, amount: int, fee: int, fee_details: list[Json], kind: str) -> Json:
    now = tx.now()
    return tx.insert(
        blank(
            "balance_transaction",
            id=tx.new_id("txn"),
            amount=amount,
            available_on=now + _DAYS_UNTIL_AVAILABLE * 86400,
            balance_type="payments",
            created=now,
            currency=source["currency"],
            description=source["description"],
            fee=fee,
            fee_details=fee_details,
            net=amount - fee,
            reporting_category=kind,
            source=source["id"],
            status="pending",
            type=kind,
        )
    )
