"""What a buyer's browser asks of the payment page, and what each click does."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from marketplace.payments.sandbox import page, payments, sessions
from marketplace.payments.sandbox.errors import StripeRefusal
from marketplace.payments.sandbox.state import Json, State, Transaction
from marketplace.payments.sandbox.wording import choose_language

__all__ = ["Page", "show", "submit"]


@dataclass(frozen=True)
class Page:
    """An HTML page, or with `location` a redirect (303)."""

    status: int
    html: str = ""
    policy: str = ""
    location: str | None = None


def show(state: State, session_id: str, accept_language: str) -> Page:
    with state.transaction() as tx:
        session = _find(tx, session_id)
        if session is None:
            return _missing(accept_language)
        return _render(tx, session, accept_language)


def submit(state: State, session_id: str, body: str, accept_language: str) -> Page:
    """Pays, answers the bank's question, or says what is wrong.

    A form sent twice pays once: the second finds the session complete and is led on to the same place.
    """
    form = {name: values[-1] for name, values in parse_qs(body, max_num_fields=20).items()}
    with state.transaction() as tx:
        session = _find(tx, session_id)
        if session is None:
            return _missing(accept_language)
        outcome, problem = _act(tx, session, form)
        if outcome == "confirm":
            return Page(303, location=f"/c/pay/{session_id}")
        if session["status"] == "complete":
            return Page(303, location=page.success_address(session))
        status = 410 if session["status"] == "expired" else 402 if outcome == "declined" else 400
        return _render(tx, session, accept_language, status=status, problem=problem)


def _act(tx: Transaction, session: Json, form: dict[str, str]) -> tuple[payments.Outcome | None, str | None]:
    if "bank" in form:
        return payments.authenticate(tx, session, approved=form["bank"] == "approve"), "declined_authentication"
    card = payments.CARDS.get(form.get("card", "")[-4:])
    if card is None:
        return None, "choose_first"
    return payments.pay(tx, session, card), f"declined_{card.decline_code}" if card.decline_code else None


def _find(tx: Transaction, session_id: str) -> Json | None:
    try:
        return sessions.read(tx, session_id)
    except StripeRefusal:
        return None


def _missing(accept_language: str) -> Page:
    return Page(404, page.missing_page(choose_language(None, accept_language)), page.policy(None))


def _render(
    tx: Transaction, session: Json, accept_language: str, *, status: int = 200, problem: str | None = None
) -> Page:
    language = choose_language(session["locale"], accept_language)
    policy = page.policy(session)
    if session["status"] != "open":
        return Page(status, page.closed_page(session, language), policy)
    items = sessions.line_items(tx, session["id"])
    intent = tx.get("payment_intent", session["payment_intent"] or "")
    if intent is not None and intent["status"] == "requires_action":
        last4 = tx.private(intent["id"])["card"]
        return Page(status, page.bank_page(session, items, language, last4=last4), policy)
    return Page(status, page.pay_page(session, items, language, problem=problem), policy)
