"""Transfers to connected accounts, and what is taken back of them: never more than there is on either side."""

from __future__ import annotations

from typing import Any

from marketplace.payments.sandbox import accounts, balance, events
from marketplace.payments.sandbox.currencies import written
from marketplace.payments.sandbox.errors import StripeRefusal, invalid, missing_resource
from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["create", "reverse"]


def create(tx: Transaction, given: Json) -> Json:
    """Moves money from the platform's available balance to an account, at once."""
    account = accounts.receiving(tx, given["destination"])
    amount, currency = given.get("amount", 0), given["currency"].lower()
    if amount <= 0:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > balance.available(tx, currency):
        raise StripeRefusal(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card.",
            code="balance_insufficient",
        )
    identifier = tx.new_id("tr")
    transfer = blank(
        "transfer",
        id=identifier,
        amount=amount,
        amount_reversed=0,
        created=tx.now(),
        currency=currency,
        description=given.get("description"),
        destination=account["id"],
        destination_payment=tx.new_id("py"),
        livemode=False,
        metadata=given.get("metadata") or {},
        reversals=_reversals(identifier, []),
        reversed=False,
        source_type="card",
        transfer_group=given.get("transfer_group"),
    )
    transfer["balance_transaction"] = balance.book_transfer(tx, transfer)["id"]
    tx.insert(transfer)
    accounts.change_balance(tx, account["id"], currency, amount)
    events.emit(tx, ("transfer.created", transfer))
    return transfer


def reverse(tx: Transaction, identifier: str, given: Json) -> Json:
    """Takes money back out of a transfer, if the account still has it. Without an amount, all that is left."""
    transfer = tx.get("transfer", identifier)
    if transfer is None:
        raise missing_resource("transfer", identifier)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount, currency = given.get("amount", left), transfer["currency"]
    _check(tx, transfer, amount, left)
    reversal = blank(
        "transfer_reversal",
        id=tx.new_id("trr"),
        amount=amount,
        created=tx.now(),
        currency=currency,
        metadata=given.get("metadata") or {},
        transfer=identifier,
    )
    reversal["balance_transaction"] = balance.book_reversal(tx, reversal)["id"]
    tx.insert(reversal)
    taken = transfer["amount_reversed"] + amount
    shown = _reversals(identifier, [reversal, *transfer["reversals"]["data"]])
    transfer.update(amount_reversed=taken, reversed=taken == transfer["amount"], reversals=shown)
    tx.save(transfer)
    accounts.change_balance(tx, transfer["destination"], currency, -amount)
    events.emit(tx, ("transfer.reversed", transfer))
    return reversal


def _check(tx: Transaction, transfer: Json, amount: int, left: int) -> None:
    if amount <= 0 < left:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    currency = transfer["currency"]
    if amount > left or left == 0:
        raise StripeRefusal(
            f"Reversal amount ({written(amount, currency)}) is greater than unreversed amount on transfer "
            f"({written(left, currency)})",
            param="amount",
        )
    if amount > accounts.balance_of(tx, transfer["destination"], currency):
        raise StripeRefusal("Insufficient funds in the account to reverse this transfer.", code="balance_insufficient")


def _reversals(identifier: str, found: list[Json]) -> dict[str, Any]:
    address = f"/v1/transfers/{identifier}/reversals"
    return {"object": "list", "data": found[:10], "has_more": len(found) > 10, "url": address}
