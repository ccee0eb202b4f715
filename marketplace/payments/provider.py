"""What a payment provider tells us, as plain values, and how it fails. Names no provider and asks none.

DomainError
├── PaymentRefused              402  the bank or the provider refused this payment
├── BadSignature                400  a message that the provider did not sign, or too long ago
├── PaymentProviderError        502  the provider does not accept what we said: trying again will not help
└── PaymentProviderUnavailable  503  no answer, or not now: safe to try again with the same idempotency key

Amounts are integers in the currency's smallest unit; currencies are upper-case ISO 4217; times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from common.errors import DomainError

__all__ = [
    "BadSignature",
    "BalanceTransaction",
    "CheckoutSession",
    "Fee",
    "PaymentProviderError",
    "PaymentProviderUnavailable",
    "PaymentRefused",
    "PaymentStatus",
    "ProviderAccount",
    "ProviderEvent",
    "ProviderRefund",
    "ProviderTransfer",
    "SessionStatus",
]

SessionStatus = Literal["open", "complete", "expired"]
PaymentStatus = Literal["paid", "unpaid", "no_payment_required"]


class PaymentRefused(DomainError):
    status = 402
    code = "payment_refused"
    title = "The payment was refused. You were not charged."


class BadSignature(DomainError):
    status = 400
    code = "bad_signature"
    title = "This message is not signed by the payment provider, or was signed too long ago."


class PaymentProviderError(DomainError):
    status = 502
    code = "payment_provider_error"
    title = "The payment provider did not accept the request. Nothing was charged by it."


class PaymentProviderUnavailable(DomainError):
    status = 503
    code = "payment_provider_unavailable"
    title = "The payment provider does not answer. Try again in a moment: nothing is charged twice."


@dataclass(frozen=True)
class CheckoutSession:
    """`payment_id` is our own id, as given at creation; `url` is there only while the session is open."""

    id: str
    url: str | None
    status: SessionStatus
    payment_status: PaymentStatus
    payment_intent_id: str | None
    amount_total_minor: int
    currency: str
    payment_id: str
    livemode: bool
    expires_at: datetime


@dataclass(frozen=True)
class ProviderRefund:
    """`status` is pending, requires_action, succeeded, failed or canceled; a succeeded one may still fail later."""

    id: str
    status: str
    amount_minor: int
    currency: str
    payment_intent_id: str
    action_id: str | None


@dataclass(frozen=True)
class ProviderAccount:
    """A maker's account: `active` if money may be transferred to it; `requirements` in the provider's own names."""

    id: str
    submitted: bool
    active: bool
    requirements: list[str]
    disabled_reason: str


@dataclass(frozen=True)
class ProviderTransfer:
    """Money that moved to a maker's account, or back: `other_id` is the account, or the transfer that was reversed."""

    id: str
    amount_minor: int
    currency: str
    other_id: str
    action_id: str | None


@dataclass(frozen=True)
class Fee:
    """What Stripe kept of one charge, from its balance transaction."""

    balance_transaction_id: str
    fee_minor: int
    net_minor: int
    currency: str


@dataclass(frozen=True)
class BalanceTransaction:
    """One movement of the platform's balance: `net_minor` = `amount_minor` - `fee_minor`; money out is negative.

    `source_id` is the charge or refund behind it, and `payment_intent_id` the payment that this belongs to, if any.
    """

    id: str
    type: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    source_id: str | None
    payment_intent_id: str | None
    created_at: datetime


@dataclass(frozen=True)
class ProviderEvent:
    """That something changed, and where. Events come late, twice and out of order, so its object is to be read anew."""

    id: str
    type: str
    object_type: str
    object_id: str
    created_at: datetime
    livemode: bool
