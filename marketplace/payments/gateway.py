"""All that is said to Stripe, and all that is heard from it. Knows payments and refunds; knows nothing of orders.

What it returns and raises is in `provider`. The SDK is imported at the first call: importing this module costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from marketplace.payments.provider import (
    BadSignature,
    BalanceTransaction,
    CheckoutSession,
    Fee,
    PaymentProviderError,
    PaymentProviderUnavailable,
    PaymentRefused,
    PaymentStatus,
    ProviderEvent,
    ProviderRefund,
    SessionStatus,
)
from marketplace.payments.wire import client, id_of, moment, translated

if TYPE_CHECKING:
    from stripe import PaymentIntent, Refund
    from stripe.checkout import Session
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

__all__ = [
    "BadSignature",
    "BalanceTransaction",
    "CheckoutSession",
    "Fee",
    "PaymentProviderError",
    "PaymentProviderUnavailable",
    "PaymentRefused",
    "ProviderEvent",
    "ProviderRefund",
    "balance_transactions",
    "create_checkout_session",
    "expire_checkout_session",
    "fee_of",
    "find_refund",
    "read_event",
    "refund",
    "retrieve_checkout_session",
    "retrieve_refund",
]

_TOLERANCE_SECONDS = 300
_REASONS_STRIPE_KNOWS = ("duplicate", "fraudulent", "requested_by_customer")
_LOCALES = {"zh-hans": "zh", "zh-cn": "zh", "zh-hant": "zh-TW"}


def create_checkout_session(
    *,
    payment_id: str,
    amount_minor: int,
    currency: str,
    description: str,
    customer_email: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    locale: str,
    idempotency_key: str,
) -> CheckoutSession:
    """Opens Stripe's payment page for exactly this amount. `expires_at` lies 30 minutes to 24 hours ahead.

    The same `idempotency_key` with the same arguments returns the same session, however often it is asked.
    """
    metadata = {"payment_id": payment_id}
    product: dict[str, str] = {"name": description[:250]}
    given: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": payment_id,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": currency.lower(), "unit_amount": amount_minor, "product_data": product},
            }
        ],
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": description[:250]},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "locale": _LOCALES.get(locale.lower(), locale),
    }
    if customer_email:
        given["customer_email"] = customer_email
    with translated():
        return _session(
            client().v1.checkout.sessions.create(
                cast("SessionCreateParams", given), {"idempotency_key": idempotency_key}
            )
        )


def retrieve_checkout_session(session_id: str) -> CheckoutSession:
    with translated():
        return _session(client().v1.checkout.sessions.retrieve(session_id))


def expire_checkout_session(session_id: str) -> CheckoutSession:
    """Closes the page so that it can no longer be paid. One that was paid or closed before is returned as it stands."""
    import stripe

    with translated():
        sessions = client().v1.checkout.sessions
        try:
            return _session(sessions.expire(session_id))
        except stripe.InvalidRequestError:
            found = _session(sessions.retrieve(session_id))
            if found.status == "open":
                raise
            return found


def refund(
    *, payment_intent_id: str, amount_minor: int, reason: str, action_id: str, idempotency_key: str
) -> ProviderRefund:
    """Gives back `amount_minor` of one payment. `action_id` marks the refund so that `find_refund` finds it again after
    Stripe has forgotten the key. Stripe refuses more than is left (PaymentProviderError)."""
    given: dict[str, Any] = {
        "payment_intent": payment_intent_id,
        "amount": amount_minor,
        "metadata": {"action_id": action_id, "reason": reason[:500]},
    }
    if reason in _REASONS_STRIPE_KNOWS:
        given["reason"] = reason
    with translated():
        return _refund(
            client().v1.refunds.create(cast("RefundCreateParams", given), {"idempotency_key": idempotency_key})
        )


def retrieve_refund(refund_id: str) -> ProviderRefund:
    with translated():
        return _refund(client().v1.refunds.retrieve(refund_id))


def find_refund(payment_intent_id: str, action_id: str) -> ProviderRefund | None:
    """The refund that carries this action, if Stripe has one: asked before a late repeat, when keys may be pruned."""
    with translated():
        page = client().v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100})
        for candidate in page.auto_paging_iter():
            found = _refund(candidate)
            if found.action_id == action_id:
                return found
    return None


def fee_of(payment_intent_id: str) -> Fee | None:
    """What Stripe kept of a payment, or None while it has not booked it yet."""
    with translated():
        intent = client().v1.payment_intents.retrieve(
            payment_intent_id, {"expand": ["latest_charge.balance_transaction"]}
        )
        return _fee(intent)


def balance_transactions(
    *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[BalanceTransaction]:
    """Every movement of the balance created in [since, until), newest first, page after page."""
    created = {}
    if since is not None:
        created["gte"] = int(since.timestamp())
    if until is not None:
        created["lt"] = int(until.timestamp())
    with translated():
        given: Any = {"limit": 100, "expand": ["data.source"], **({"created": created} if created else {})}
        for item in client().v1.balance_transactions.list(given).auto_paging_iter():
            source = item.source
            yield BalanceTransaction(
                id=item.id,
                type=item.type,
                amount_minor=item.amount,
                fee_minor=item.fee,
                net_minor=item.net,
                currency=item.currency.upper(),
                source_id=id_of(source),
                payment_intent_id=id_of(getattr(source, "payment_intent", None)),
                created_at=moment(item.created),
            )


def read_event(payload: bytes, signature: str) -> ProviderEvent:
    """What a webhook says, once its signature was verified; else BadSignature, and nothing of it is to be believed."""
    try:
        text = payload.decode()
        _verify(text, signature)
        event = json.loads(text)
        subject = event["data"]["object"]
        return ProviderEvent(
            id=_word(event["id"], 120),
            type=_word(event["type"], 80),
            object_type=_word(subject["object"], 60),
            object_id=_word(subject.get("id", ""), 120),
            created_at=moment(int(event["created"])),
            livemode=bool(event["livemode"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadSignature("This is not an event as the payment provider writes them.") from error


def _verify(text: str, signature: str) -> None:
    """Stripe signs what it says about makers' accounts with a secret of its own. Without any, nothing is believed."""
    from stripe import SignatureVerificationError, WebhookSignature

    for secret in filter(None, (settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_CONNECT_WEBHOOK_SECRET)):
        with suppress(SignatureVerificationError):
            WebhookSignature.verify_header(text, signature, secret, _TOLERANCE_SECONDS)
            return
    raise BadSignature


def _word(value: str, longest: int) -> str:
    """One of the provider's own names; ValueError for what our column of `longest` characters could not store."""
    if len(value) > longest or not value.isascii() or "\x00" in value:
        raise ValueError(f"{value[:20]!a} is no name of the provider's.")
    return value


def _session(session: Session) -> CheckoutSession:
    if session.amount_total is None or session.currency is None or session.status is None:
        raise PaymentProviderError(f"The payment session {session.id} carries no amount. It was not made by us.")
    return CheckoutSession(
        id=session.id,
        url=session.url,
        status=cast("SessionStatus", session.status),
        payment_status=cast("PaymentStatus", session.payment_status),
        payment_intent_id=id_of(session.payment_intent),
        amount_total_minor=session.amount_total,
        currency=session.currency.upper(),
        payment_id=session.client_reference_id or "",
        livemode=session.livemode,
        expires_at=moment(session.expires_at),
    )


def _refund(found: Refund) -> ProviderRefund:
    metadata = found.metadata.to_dict() if found.metadata is not None else {}
    return ProviderRefund(
        id=found.id,
        status=found.status or "pending",
        amount_minor=found.amount,
        currency=found.currency.upper(),
        payment_intent_id=id_of(found.payment_intent) or "",
        action_id=metadata.get("action_id"),
    )


def _fee(intent: PaymentIntent) -> Fee | None:
    charge = intent.latest_charge
    booked = None if charge is None or isinstance(charge, str) else charge.balance_transaction
    if booked is None or isinstance(booked, str):
        return None
    return Fee(
        balance_transaction_id=booked.id, fee_minor=booked.fee, net_minor=booked.net, currency=booked.currency.upper()
    )
