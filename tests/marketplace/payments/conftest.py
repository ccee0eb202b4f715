"""One sandbox process for the tests of payments, calm again before each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from tests.sandbox import Receiver, Sandbox


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as listening:
        yield listening


@pytest.fixture(scope="package")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), webhook_url=receiver.url) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox, receiver: Receiver) -> Sandbox:
    running_sandbox.calm()
    running_sandbox.wait_for_deliveries()
    receiver.knocks.clear()
    receiver.answers.clear()
    return running_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return sandbox.client()


def session_parameters(**other: Any) -> Any:
    amount, currency = other.pop("amount", 4900), other.pop("currency", "eur")
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Estuary, edition 7 of 25"}}
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "http://127.0.0.1:8000/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/cart",
        "client_reference_id": "payment-1",
        "metadata": {"payment_id": "payment-1"},
        "payment_intent_data": {"metadata": {"payment_id": "payment-1"}},
        **other,
    }


@pytest.fixture
def open_session(client: stripe.StripeClient) -> Callable[..., Session]:
    return lambda **other: client.v1.checkout.sessions.create(session_parameters(**other))


@pytest.fixture
def paid_intent(sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]) -> str:
    """The id of a payment intent over 49.00 EUR that has succeeded."""
    session = open_session()
    assert session.url is not None
    sandbox.pay(session.url)
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(intent, str)
    return intent
