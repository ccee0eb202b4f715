"""Refunds: never more than was charged, whoever asks and however often."""

from __future__ import annotations

from marketplace.payments.sandbox import balance, events
from marketplace.payments.sandbox.currencies import written
from marketplace.payments.sandbox.errors import StripeRefusal, invalid, missing_resource
from marketplace.payments.sandbox.payments import CARDS
from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["create", "fail_due"]

_FAILS_AFTER_SECONDS = 60


def create(tx: Transaction, given: Json) -> Json:
    """Gives money back at once. Without an amount, all that is left of the charge."""
    charge = _charge_of(tx, given)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = given.get("amount", left)
    _check(charge, amount, left)
    refund = blank(
        "refund",
        id=tx.new_id("re"),
        amount=amount,
        charge=charge["id"],
        created=tx.now(),
        currency=charge["currency"],
        destination_details={
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        metadata=given.get("metadata") or {},
        payment_intent=charge["payment_intent"],
        reason=given.get("reason"),
        status="succeeded",
    )
    refund["balance_transaction"] = balance.book_refund(tx, refund)["id"]
    last4 = charge["payment_method_details"]["card"]["last4"]
    tx.insert(refund, {} if CARDS[last4].takes_refunds else {"fails_at": tx.now() + _FAILS_AFTER_SECONDS})
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    tx.save(charge)
    events.emit(tx, ("refund.created", refund), ("charge.refunded", charge), ("refund.updated", refund))
    return refund


def fail_due(tx: Transaction) -> None:
    """Fails the refunds that the bank sends back a minute later, although they had succeeded."""
    due = tx.select("refund", "json_extract(private, '$.fails_at') <= ?", (tx.now(),), limit=200)
    for refund in due:
        failed = balance.book_failed_refund(tx, refund)
        refund.update(
            status="failed",
            failure_reason="expired_or_canceled_card",
            failure_balance_transaction=failed["id"],
        )
        tx.save(refund)
        tx.save_private(refund["id"], {})
        charge = tx.get("charge", refund["charge"])
        assert charge is not None
        charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
        tx.save(charge)
        events.emit(tx, ("refund.failed", refund), ("refund.updated", refund))


def _check(charge: Json, amount: int, left: int) -> None:
    if amount <= 0 < left:
        raise invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if not charge["captured"]:
        raise StripeRefusal(f"Charge {charge['id']} was never captured, so there is nothing to refund.")
    if left == 0:
        raise StripeRefusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        against = "charge amount" if left == charge["amount"] else "unrefunded amount on charge"
        currency = charge["currency"]
        raise StripeRefusal(
            f"Refund amount ({written(amount, currency)}) is greater than {against} ({written(left, currency)})",
            param="amount",
        )


def _charge_of(tx: Transaction, given: Json) -> Json:
    if ("charge" in given) == ("payment_intent" in given):
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    if "charge" in given:
        identifier = given["charge"]
    else:
        intent = tx.get("payment_intent", given["payment_intent"])
        if intent is None:
            raise missing_resource("payment_intent", given["payment_intent"], param="payment_intent", status=400)
        if intent["latest_charge"] is None:
            raise StripeRefusal(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        identifier = intent["latest_charge"]
    charge = tx.get("charge", identifier)
    if charge is None:
        raise missing_resource("charge", identifier, param="charge", status=400)
    return charge
