"""The shape of what the sandbox answers: each object carries every field that the SDK's resource type declares."""

from __future__ import annotations

from typing import Any

import stripe
from stripe.checkout import Session

from marketplace.payments.sandbox.state import Json

__all__ = ["API_VERSION", "RESOURCES", "blank"]

API_VERSION: str = stripe.api_version

RESOURCES: dict[str, type[stripe.StripeObject]] = {
    "checkout.session": Session,
    "item": stripe.LineItem,
    "price": stripe.Price,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "balance_transaction": stripe.BalanceTransaction,
    "account": stripe.Account,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "event": stripe.Event,
}
_NEVER_SENT = frozenset({"deleted"})


def blank(kind: str, **known: Any) -> Json:
    """An object of that kind: `known` fields, and null for whatever else the SDK declares.

    Stripe leaves some of these out instead of sending null; code must not rely on the difference.
    """
    declared: dict[str, Any] = RESOURCES[kind].__annotations__
    names = [
        name
        for name, hint in declared.items()
        if not name.startswith("_") and name not in _NEVER_SENT and not str(hint).startswith("typing.ClassVar")
    ]
    undeclared = known.keys() - set(names)
    if undeclared:
        raise AttributeError(f"Stripe's {kind} has no field {', '.join(sorted(undeclared))}.")
    return {**dict.fromkeys(names), "object": kind, **known}
