"""Payment intents and their charges: what a buyer's card does on the payment page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from marketplace.payments.sandbox import balance, events
from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["CARDS", "Card", "Outcome", "authenticate", "cancel_unfinished", "pay"]

Outcome = Literal["paid", "declined", "confirm", "closed"]
Behaviour = Literal["pays", "declines", "asks"]


@dataclass(frozen=True)
class Card:
    """One of Stripe's published test cards."""

    number: str
    behaviour: Behaviour
    decline_code: str | None = None
    takes_refunds: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    card.last4: card
    for card in (
        Card("4242424242424242", "pays"),
        Card("4000002500003155", "asks"),
        Card("4000000000000002", "declines", "generic_decline"),
        Card("4000000000009995", "declines", "insufficient_funds"),
        Card("4000000000005126", "pays", takes_refunds=False),
    )
}
_DECLINED = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication": "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again.",
}


def pay(tx: Transaction, session: Json, card: Card) -> Outcome:
    """Tries the card for an open session. A session that is no longer open is left exactly as it is."""
    if session["status"] != "open":
        return "closed"
    intent = _intent_of(tx, session)
    intent["payment_method"] = tx.new_id("pm")
    if card.behaviour == "declines":
        charge = _charge(tx, intent, session, card)
        _fail(tx, intent, charge, code="card_declined", decline_code=card.decline_code)
        return "declined"
    if card.behaviour == "asks":
        action: dict[str, Any] = {"redirect_to_url": {"return_url": None, "url": session["url"]}}
        intent.update(status="requires_action", next_action={"type": "redirect_to_url", **action})
        tx.save(intent)
        tx.save_private(intent["id"], {"card": card.last4})
        events.emit(tx, ("payment_intent.requires_action", intent))
        return "confirm"
    _succeed(tx, intent, session, card)
    return "paid"


def authenticate(tx: Transaction, session: Json, *, approved: bool) -> Outcome:
    """The answer to the bank's question. Asked again after it was answered, it changes nothing."""
    if session["status"] != "open":
        return "closed"
    intent = tx.get("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "requires_action":
        return "declined"
    if approved:
        _succeed(tx, intent, session, CARDS[tx.private(intent["id"])["card"]])
        return "paid"
    _fail(tx, intent, None, code="payment_intent_authentication_failure", decline_code=None)
    return "declined"


def cancel_unfinished(tx: Transaction, session: Json) -> None:
    """An expired session takes its unfinished payment with it, so that it can never be paid late."""
    intent = tx.get("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] == "succeeded":
        return
    intent.update(status="canceled", canceled_at=tx.now(), cancellation_reason="automatic", next_action=None)
    tx.save(intent)
    events.emit(tx, ("payment_intent.canceled", intent))


def _intent_of(tx: Transaction, session: Json) -> Json:
    if session["payment_intent"] is not None:
        found = tx.get("payment_intent", session["payment_intent"])
        assert found is not None
        return found
    wanted = tx.private(session["id"])["payment_intent_data"]
    identifier = tx.new_id("pi")
    intent = blank(
        "payment_intent",
        id=identifier,
        amount=session["amount_total"],
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic",
        client_secret=f"{identifier}_secret_{tx.new_id('x')[2:]}",
        confirmation_method="automatic",
        created=tx.now(),
        currency=session["currency"],
        description=wanted.get("description"),
        livemode=False,
        metadata=wanted.get("metadata", {}),
        payment_method_types=["card"],
        receipt_email=wanted.get("receipt_email"),
        statement_descriptor=wanted.get("statement_descriptor"),
        statement_descriptor_suffix=wanted.get("statement_descriptor_suffix"),
        status="requires_payment_method",
    )
    session["payment_intent"] = identifier
    tx.save(session)
    return tx.insert(intent)


def _succeed(tx: Transaction, intent: Json, session: Json, card: Card) -> None:
    charge = _charge(tx, intent, session, card)
    charge.update(
        amount_captured=intent["amount"], captured=True, paid=True, status="succeeded", outcome=_outcome("authorized")
    )
    charge["balance_transaction"] = balance.book_charge(tx, charge)["id"]
    tx.save(charge)
    intent.update(
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        status="succeeded",
    )
    tx.save(intent)
    session.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)
    tx.save(session)
    events.emit(
        tx,
        ("charge.succeeded", charge),
        ("payment_intent.succeeded", intent),
        ("checkout.session.completed", session),
    )


def _fail(tx: Transaction, intent: Json, charge: Json | None, *, code: str, decline_code: str | None) -> None:
    message = _DECLINED[decline_code or "authentication"]
    happened: list[tuple[str, Json]] = []
    if charge is not None:
        charge.update(failure_code=code, failure_message=message, outcome=_outcome(decline_code or code))
        tx.save(charge)
        intent["latest_charge"] = charge["id"]
        happened.append(("charge.failed", charge))
    error = {"code": code, "message": message, "type": "card_error"}
    if decline_code is not None:
        error["decline_code"] = decline_code
    intent.update(status="requires_payment_method", last_payment_error=error, next_action=None, payment_method=None)
    tx.save(intent)
    events.emit(tx, *happened, ("payment_intent.payment_failed", intent))


def _outcome(result: str) -> Json:
    authorized = result == "authorized"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if authorized else "declined_by_network",
        "reason": None if authorized else result,
        "risk_level": "normal",
        "seller_message": "Payment complete." if authorized else "The bank did not return any further details.",
        "type": "authorized" if authorized else "issuer_declined",
    }


def _charge(tx: Transaction, intent: Json, session: Json, card: Card) -> Json:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    details = {
        "address": address,
        "email": session["customer_email"],
        "name": None,
        "phone": None,
        "tax_id": None,
    }
    charge = blank(
        "charge",
        id=tx.new_id("ch"),
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        billing_details=details,
        captured=False,
        created=tx.now(),
        currency=intent["currency"],
        description=intent["description"],
        disputed=False,
        livemode=False,
        metadata=dict(intent["metadata"]),
        paid=False,
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        payment_method_details={"card": _card_details(card), "type": "card"},
        receipt_email=intent["receipt_email"],
        refunded=False,
        status="failed",
    )
    return tx.insert(charge)


def _card_details(card: Card) -> Json:
    return {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"sandbox{card.last4}",
        "funding": "credit",
        "last4": card.last4,
        "network": "visa",
        "three_d_secure": None,
        "wallet": None,
    }
