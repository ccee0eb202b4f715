"""Checkout Sessions: created, read, expired, with Stripe's own rules about amounts, addresses and time."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from marketplace.payments.sandbox import events, payments
from marketplace.payments.sandbox.currencies import check_amount, check_currency
from marketplace.payments.sandbox.errors import StripeRefusal, invalid, missing_resource, not_simulated
from marketplace.payments.sandbox.resources import blank
from marketplace.payments.sandbox.state import Json, Transaction

__all__ = ["create", "expire", "lapse", "line_items", "read"]

_SOONEST_SECONDS = 30 * 60
_LATEST_SECONDS = 24 * 60 * 60
_CLOCK_SLACK_SECONDS = 60
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def create(tx: Transaction, given: Json, *, page_base: str) -> Json:
    """An open session with the address of its payment page. Checks everything before writing anything."""
    _check_mode(given)
    now = tx.now()
    expires_at = _expiry(given, now)
    items = [_line_item(tx, item, index, now) for index, item in enumerate(given["line_items"])]
    currency, total = _total(items)
    identifier = f"cs_test_a1{secrets.token_urlsafe(42).replace('_', 'u').replace('-', 'd')}"
    email = given.get("customer_email")
    session = blank(
        "checkout.session",
        id=identifier,
        adaptive_pricing={"enabled": False},
        allowed_payment_method_types=given.get("allowed_payment_method_types"),
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        cancel_url=given.get("cancel_url"),
        client_reference_id=given.get("client_reference_id"),
        created=now,
        currency=currency,
        custom_fields=[],
        custom_text=dict.fromkeys(_TEXTS),
        customer_creation="if_required",
        customer_details=_customer(email) if email else None,
        customer_email=email,
        expires_at=expires_at,
        livemode=False,
        locale=given.get("locale"),
        metadata=given.get("metadata", {}),
        mode="payment",
        payment_method_collection="if_required",
        payment_method_types=["card"],
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        submit_type=given.get("submit_type"),
        success_url=given["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{page_base}/c/pay/{identifier}",
    )
    private = {"payment_intent_data": given.get("payment_intent_data", {}), "line_items": items}
    return tx.insert(session, private)


def read(tx: Transaction, session_id: str) -> Json:
    """The session as it stands now; one whose time has run out is expired first."""
    session = tx.get("checkout.session", session_id)
    if session is None:
        raise missing_resource("checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= tx.now():
        return _close(tx, session)
    return session


def expire(tx: Transaction, session_id: str) -> Json:
    session = read(tx, session_id)
    if session["status"] != "open":
        raise StripeRefusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`.",
        )
    return _close(tx, session)


def lapse(tx: Transaction) -> int:
    """Expires every open session whose time has run out, and returns how many there were."""
    late = tx.select(
        "checkout.session",
        "json_extract(public, '$.status') = 'open' AND json_extract(public, '$.expires_at') <= ?",
        (tx.now(),),
        limit=200,
    )
    for session in late:
        _close(tx, session)
    return len(late)


def line_items(tx: Transaction, session_id: str) -> list[Json]:
    read(tx, session_id)
    items: list[Json] = tx.private(session_id)["line_items"]
    return items


def _close(tx: Transaction, session: Json) -> Json:
    session.update(status="expired", url=None)
    tx.save(session)
    payments.cancel_unfinished(tx, session)
    events.emit(tx, ("checkout.session.expired", session))
    return session


def _check_mode(given: Json) -> None:
    mode = given.get("mode")
    if mode is None:
        raise invalid("You must provide one of the following params: mode.", code="parameter_missing", param="mode")
    if mode != "payment":
        raise not_simulated(f"the mode {mode}", param="mode")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_simulated("payment forms inside other pages", param="ui_mode")
    if given.get("allowed_payment_method_types", ["card"]) != ["card"]:
        raise not_simulated("ways to pay other than by card", param="allowed_payment_method_types")
    for name in ("line_items", "success_url"):
        if not given.get(name):
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for name in ("success_url", "cancel_url"):
        if name in given:
            _check_address(given[name], name)
    if not _EMAIL.fullmatch(given.get("customer_email", "a@b.cd")):
        raise invalid(
            f"Invalid email address: {given['customer_email'][:100]}", code="email_invalid", param="customer_email"
        )
    if len(given["line_items"]) > 100:
        raise invalid("A Checkout Session holds at most 100 line items.", param="line_items")


def _check_address(address: str, name: str) -> None:
    try:
        parts = urlsplit(address)
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        readable = False
    if not readable or not address.isprintable() or " " in address:
        raise invalid(
            "Not a valid URL. The URL must begin with http:// or https:// and hold no spaces.",
            code="url_invalid",
            param=name,
        )


def _expiry(given: Json, now: int) -> int:
    expires_at: int = given.get("expires_at", now + _LATEST_SECONDS)
    if expires_at < now + _SOONEST_SECONDS - _CLOCK_SLACK_SECONDS:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > now + _LATEST_SECONDS + _CLOCK_SLACK_SECONDS:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return expires_at


def _line_item(tx: Transaction, item: Json, index: int, now: int) -> Json:
    where = f"line_items[{index}]"
    price_data = item.get("price_data")
    if price_data is None:
        raise invalid(f"Missing required param: {where}[price_data].", code="parameter_missing", param=where)
    for name, holder in (("quantity", item), ("unit_amount", price_data), ("product_data", price_data)):
        if name not in holder:
            raise invalid(f"Missing required param: {where}[{name}].", code="parameter_missing", param=where)
    quantity, unit_amount = item["quantity"], price_data["unit_amount"]
    if quantity < 1 or unit_amount < 0:
        raise invalid(
            f"{where}: a quantity is at least 1 and a unit_amount at least 0.",
            code="parameter_invalid_integer",
            param=where,
        )
    currency = check_currency(price_data["currency"], param=f"{where}[price_data][currency]")
    amount = quantity * unit_amount
    return blank(
        "item",
        id=tx.new_id("li"),
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=currency,
        description=price_data["product_data"]["name"],
        metadata={},
        price=_price(tx, price_data, currency, now),
        quantity=quantity,
    )


def _price(tx: Transaction, price_data: Json, currency: str, now: int) -> Json:
    return blank(
        "price",
        id=tx.new_id("price"),
        active=False,
        billing_scheme="per_unit",
        created=now,
        currency=currency,
        livemode=False,
        metadata={},
        product=tx.new_id("prod"),
        tax_behavior="unspecified",
        type="one_time",
        unit_amount=price_data["unit_amount"],
        unit_amount_decimal=str(price_data["unit_amount"]),
    )


def _total(items: list[Json]) -> tuple[str, int]:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("All line items of a Checkout Session must have the same currency.", param="line_items")
    currency: str = currencies.pop()
    total: int = sum(item["amount_total"] for item in items)
    check_amount(total, currency)
    return currency, total


def _customer(email: str) -> dict[str, Any]:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }
