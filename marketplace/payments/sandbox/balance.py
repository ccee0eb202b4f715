"""The platform's balance: one transaction for each movement of money, with the fee that Stripe keeps."""

from __future__ import annotations

from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = [
    "available",
    "book_charge",
    "book_failed_refund",
    "book_refund",
    "book_reversal",
    "book_transfer",
    "current",
    "fee_minor",
    "settle",
]

_FEE_PER_THOUSAND = 15
_FEE_FIXED_MINOR = 25
_DAYS_UNTIL_AVAILABLE = 7
_AT_ONCE = ("transfer", "transfer_refund")


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


def book_transfer(tx: Transaction, transfer: Json) -> Json:
    return _book(tx, transfer, amount=-transfer["amount"], fee=0, fee_details=[], kind="transfer")


def book_reversal(tx: Transaction, reversal: Json) -> Json:
    return _book(tx, reversal, amount=reversal["amount"], fee=0, fee_details=[], kind="transfer_refund")


def available(tx: Transaction, currency: str) -> int:
    """What may be transferred now: money in once it is available, less all that went out."""
    movements = tx.select("balance_transaction", "json_extract(public, '$.currency') = ?", (currency,))
    return sum(each["net"] for each in movements if each["net"] < 0 or each["available_on"] <= tx.now())


def settle(tx: Transaction) -> None:
    """Makes all that is pending available now, as a week would."""
    for movement in tx.select("balance_transaction", "json_extract(public, '$.available_on') > ?", (tx.now(),)):
        tx.save({**movement, "available_on": tx.now()})


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
            available_on=now + (0 if kind in _AT_ONCE else _DAYS_UNTIL_AVAILABLE * 86400),
            balance_type="payments",
            created=now,
            currency=source["currency"],
            description=source.get("description"),
            fee=fee,
            fee_details=fee_details,
            net=amount - fee,
            reporting_category=kind,
            source=source["id"],
            status="pending",
            type=kind,
        )
    )
