"""Checkout Sessions through the real SDK."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe
from stripe.checkout import Session

from tests.marketplace.payments.conftest import session_parameters
from tests.sandbox import Sandbox


def test_a_session_is_created_open_and_read_again_unchanged(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    session = open_session(customer_email="ada@example.com", locale="zh")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.livemode) == (4900, "eur", False)
    assert session.url == f"{sandbox.base}/c/pay/{session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_a_paid_session_names_its_payment_its_charge_and_its_fee(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    assert session.url is not None
    answer = sandbox.pay(session.url)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/paid?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.metadata["payment_id"]) == ("succeeded", 4900, "payment-1")
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.amount_captured, charge.metadata["payment_id"]) == (True, 4900, "payment-1")
    booked = charge.balance_transaction
    assert isinstance(booked, stripe.BalanceTransaction)
    assert (booked.amount, booked.fee, booked.net, booked.status) == (4900, 99, 4801, "pending")
    assert paid.line_items is not None
    assert [item.description for item in paid.line_items.data] == ["Estuary, edition 7 of 25"]


def test_several_items_add_up(client: stripe.StripeClient) -> None:
    parameters = session_parameters()
    price = {"currency": "eur", "unit_amount": 333, "product_data": {"name": "Postcard"}}
    parameters["line_items"].append({"quantity": 3, "price_data": price})
    session = client.v1.checkout.sessions.create(parameters)
    assert session.amount_total == 4900 + 3 * 333
    items = client.v1.checkout.sessions.line_items.list(session.id)
    assert [(item.quantity, item.amount_total) for item in items.data] == [(1, 4900), (3, 999)]


def test_an_expired_session_can_no_longer_be_paid(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    assert session.url is not None
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert sandbox.pay(session.url).status_code == 410
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"


def test_a_paid_session_cannot_be_expired(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    assert session.url is not None
    sandbox.pay(session.url)
    with pytest.raises(stripe.InvalidRequestError, match="a status of `complete`"):
        client.v1.checkout.sessions.expire(session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_session_lapses_when_its_time_is_over_and_takes_its_unfinished_payment_with_it(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        client = sandbox.client()
        session = client.v1.checkout.sessions.create(session_parameters(expires_at=int(time.time()) + 1800))
        assert session.url is not None
        assert sandbox.submit(session.url, card="3155").status_code == 303
        sandbox.advance(1790)
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        sandbox.advance(20)
        lapsed = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
        assert (lapsed.status, lapsed.url) == ("expired", None)
        assert isinstance(lapsed.payment_intent, stripe.PaymentIntent)
        assert lapsed.payment_intent.status == "canceled"
        assert sandbox.submit(session.url, bank="approve").status_code == 410
        types = [event.type for event in client.v1.events.list().data]
        assert types == ["checkout.session.expired", "payment_intent.canceled", "payment_intent.requires_action"]


@pytest.mark.parametrize(
    ("wrong", "message", "code"),
    [
        ({"currency": "zzz"}, "Invalid currency: zzz", None),
        ({"amount": 49}, "at least €0.50", "amount_too_small"),
        ({"amount": 29, "currency": "gbp"}, "at least £0.30", "amount_too_small"),
        ({"amount": 49, "currency": "jpy"}, "at least ¥50", "amount_too_small"),
        ({"amount": 100_000_000}, "no more than", "amount_too_large"),
        ({"amount": 4905, "currency": "kwd"}, "multiple of 10", "parameter_invalid_integer"),
        ({"amount": -1}, "at least 0", "parameter_invalid_integer"),
        ({"expires_at": 1}, "at least 30 minutes", None),
        ({"expires_at": int(time.time()) + 90_000}, "less than 24 hours", None),
        ({"success_url": "/paid"}, "Not a valid URL", "url_invalid"),
        ({"cancel_url": "javascript:alert(1)"}, "Not a valid URL", "url_invalid"),
        ({"success_url": "http://127.0.0.1/\r\nSet-Cookie: a=b"}, "Not a valid URL", "url_invalid"),
        ({"customer_email": "nobody"}, "Invalid email address", "email_invalid"),
        ({"line_items": []}, "Missing required param: line_items", "parameter_missing"),
        ({"mode": "subscription"}, "does not simulate the mode", "sandbox_not_simulated"),
    ],
)
def test_what_stripe_would_refuse_is_refused_and_nothing_is_made(
    client: stripe.StripeClient, wrong: dict[str, object], message: str, code: str | None
) -> None:
    before = [session.id for session in client.v1.checkout.sessions.list().data]
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        client.v1.checkout.sessions.create(session_parameters(**wrong))
    assert refused.value.code == code
    assert refused.value.http_status == 400
    assert [session.id for session in client.v1.checkout.sessions.list().data] == before


def test_three_decimals_and_none_are_kept_apart(open_session: Callable[..., Session]) -> None:
    assert open_session(currency="kwd", amount=4900).amount_total == 4900
    assert open_session(currency="JPY", amount=4900).currency == "jpy"


def test_what_does_not_exist_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        client.v1.customers.create({"email": "ada@example.com"})
    assert unknown.value.http_status == 404
