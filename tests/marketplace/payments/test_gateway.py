"""The gateway against a real sandbox over HTTP: what the house knows of a payment, and nothing of Stripe beyond it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from marketplace.payments import gateway
from marketplace.payments.gateway import CheckoutSession
from tests.sandbox import PROJECT, Receiver, Sandbox, free_port

Opens = Callable[..., CheckoutSession]


@pytest.fixture(autouse=True)
def at_the_sandbox(settings: Any, sandbox: Sandbox) -> None:
    settings.STRIPE_API_BASE = sandbox.base
    settings.STRIPE_SECRET_KEY = sandbox.key
    settings.STRIPE_WEBHOOK_SECRET = sandbox.webhook_secret


@pytest.fixture
def opened(sandbox: Sandbox) -> Opens:
    def open_session(**other: Any) -> CheckoutSession:
        given: dict[str, Any] = {
            "payment_id": "0192f0c1-payment",
            "amount_minor": 4900,
            "currency": "EUR",
            "description": "Estuary, edition 7 of 25",
            "customer_email": "ada@example.com",
            "success_url": "http://127.0.0.1:8000/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:8000/cart",
            "expires_at": datetime.now(UTC) + timedelta(minutes=31),
            "locale": "zh-hans",
            "idempotency_key": f"open-{datetime.now(UTC).timestamp()}",
        }
        return gateway.create_checkout_session(**{**given, **other})

    return open_session


@pytest.fixture
def paid(sandbox: Sandbox, opened: Opens) -> str:
    """The payment intent of a session that was paid."""
    session = opened()
    assert session.url is not None
    sandbox.pay(session.url)
    intent = gateway.retrieve_checkout_session(session.id).payment_intent_id
    assert intent is not None
    return intent


def test_a_session_is_opened_paid_and_read(sandbox: Sandbox, opened: Opens) -> None:
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    session = opened(expires_at=expires_at)
    assert session.url == f"{sandbox.base}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.payment_intent_id) == ("open", "unpaid", None)
    assert (session.amount_total_minor, session.currency, session.payment_id) == (4900, "EUR", "0192f0c1-payment")
    assert (session.livemode, session.expires_at) == (False, expires_at)
    assert '<html lang="zh-Hans">' in sandbox.web.get(session.url).text
    sandbox.pay(session.url)
    found = gateway.retrieve_checkout_session(session.id)
    assert (found.status, found.payment_status, found.url) == ("complete", "paid", None)
    intent = sandbox.client().v1.payment_intents.retrieve(found.payment_intent_id or "")
    assert intent.metadata["payment_id"] == "0192f0c1-payment"


def test_the_same_key_opens_one_session_and_other_arguments_are_an_error(opened: Opens) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    first = opened(idempotency_key="gateway-once", expires_at=expires_at)
    assert opened(idempotency_key="gateway-once", expires_at=expires_at) == first
    with pytest.raises(gateway.PaymentProviderError):
        opened(idempotency_key="gateway-once", expires_at=expires_at, amount_minor=100)


def test_expiring_is_final_and_repeatable_and_leaves_a_paid_session_paid(sandbox: Sandbox, opened: Opens) -> None:
    session, bought = opened(), opened()
    assert gateway.expire_checkout_session(session.id).status == "expired"
    assert gateway.expire_checkout_session(session.id).status == "expired"
    assert bought.url is not None
    sandbox.pay(bought.url)
    found = gateway.expire_checkout_session(bought.id)
    assert (found.status, found.payment_status) == ("complete", "paid")
    with pytest.raises(gateway.PaymentProviderError) as missing:
        gateway.expire_checkout_session("cs_test_none")
    assert missing.value.extra["provider_code"] == "resource_missing"


def test_a_refund_is_made_read_and_found_by_its_action(paid: str) -> None:
    assert gateway.find_refund(paid, "withdrawn-1") is None
    made = gateway.refund(
        payment_intent_id=paid,
        amount_minor=1900,
        reason="withdrawn by the maker",
        action_id="withdrawn-1",
        idempotency_key=f"refund-{paid}",
    )
    assert (made.status, made.amount_minor, made.currency) == ("succeeded", 1900, "EUR")
    assert (made.payment_intent_id, made.action_id) == (paid, "withdrawn-1")
    assert gateway.retrieve_refund(made.id) == made
    assert gateway.find_refund(paid, "withdrawn-1") == made
    assert gateway.find_refund(paid, "withdrawn-2") is None


def test_two_equal_refunds_are_two_actions_and_the_third_is_too_much(paid: str) -> None:
    def give_back(action: str) -> gateway.ProviderRefund:
        return gateway.refund(
            payment_intent_id=paid,
            amount_minor=2000,
            reason="requested_by_customer",
            action_id=action,
            idempotency_key=f"{action}-{paid}",
        )

    assert give_back("one").id != give_back("two").id
    assert give_back("one").id == give_back("one").id
    with pytest.raises(gateway.PaymentProviderError) as refused:
        give_back("three")
    assert refused.value.status == 502
    assert gateway.find_refund(paid, "three") is None


def test_the_fee_is_what_stripe_kept(sandbox: Sandbox, opened: Opens, paid: str) -> None:
    fee = gateway.fee_of(paid)
    assert fee is not None
    assert (fee.fee_minor, fee.net_minor, fee.currency) == (99, 4801, "EUR")
    assert fee.balance_transaction_id.startswith("txn_")
    session = opened()
    assert session.url is not None
    sandbox.submit(session.url, card="3155")
    waiting = gateway.retrieve_checkout_session(session.id).payment_intent_id
    assert waiting is not None
    assert gateway.fee_of(waiting) is None


def test_movements_of_the_balance_come_in_a_span_of_time_and_over_pages(sandbox: Sandbox, opened: Opens) -> None:
    since = datetime.now(UTC).replace(microsecond=0)
    for _ in range(3):
        session = opened()
        assert session.url is not None
        sandbox.pay(session.url)
    moved = list(gateway.balance_transactions(since=since))
    assert [(item.type, item.amount_minor, item.fee_minor, item.net_minor) for item in moved][:3] == [
        ("charge", 4900, 99, 4801)
    ] * 3
    assert moved[0].source_id is not None
    assert moved[0].source_id.startswith("ch_")
    assert moved[0].currency == "EUR"
    assert list(gateway.balance_transactions(until=since - timedelta(days=1))) == []


def test_an_event_is_read_only_when_its_signature_holds(
    sandbox: Sandbox, receiver: Receiver, opened: Opens, settings: Any
) -> None:
    session = opened()
    assert session.url is not None
    sandbox.pay(session.url)
    sandbox.wait_for_deliveries()
    knock = receiver.knocks[-1]
    event = gateway.read_event(knock.body, knock.signature)
    assert (event.type, event.object_type, event.object_id) == (
        "checkout.session.completed",
        "checkout.session",
        session.id,
    )
    assert event.livemode is False
    assert abs(event.created_at - datetime.now(UTC)) < timedelta(seconds=10)
    for body, signature in (
        (knock.body + b" ", knock.signature),
        (knock.body, ""),
        (knock.body, "t=1,v1=00"),
        (knock.body, "nonsense"),
        (b"\xff", knock.signature),
    ):
        with pytest.raises(gateway.BadSignature):
            gateway.read_event(body, signature)
    settings.STRIPE_WEBHOOK_SECRET = "whsec_another"
    with pytest.raises(gateway.BadSignature):
        gateway.read_event(knock.body, knock.signature)
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = sandbox.webhook_secret
    assert gateway.read_event(knock.body, knock.signature) == event


def test_without_a_secret_nothing_is_believed(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = settings.STRIPE_CONNECT_WEBHOOK_SECRET = ""
    signature = stripe.WebhookSignature.generate_signature_header("{}", "")
    with pytest.raises(gateway.BadSignature):
        gateway.read_event(b"{}", signature)


@pytest.mark.parametrize("body", ["{}", "[]", "null", "not json", '{"data": {"object": 1}}'])
def test_a_signed_message_that_is_no_event_is_refused(sandbox: Sandbox, body: str) -> None:
    signature = stripe.WebhookSignature.generate_signature_header(body, sandbox.webhook_secret)
    with pytest.raises(gateway.BadSignature, match="not an event"):
        gateway.read_event(body.encode(), signature)


def test_an_old_signature_is_refused(sandbox: Sandbox) -> None:
    old = int((datetime.now(UTC) - timedelta(seconds=301)).timestamp())
    signature = stripe.WebhookSignature.generate_signature_header("{}", sandbox.webhook_secret, old)
    with pytest.raises(gateway.BadSignature):
        gateway.read_event(b"{}", signature)


def test_a_provider_that_fails_for_a_moment_is_asked_again_unseen(sandbox: Sandbox, opened: Opens) -> None:
    sandbox.chaos("server_error")
    assert opened().status == "open"
    sandbox.chaos("lost_response")
    assert opened().status == "open"


def test_a_provider_that_goes_on_failing_is_unavailable(sandbox: Sandbox, opened: Opens, settings: Any) -> None:
    session = opened()
    sandbox.chaos("server_error", times=3)
    with pytest.raises(gateway.PaymentProviderUnavailable) as failed:
        gateway.retrieve_checkout_session(session.id)
    assert (failed.value.status, failed.value.code) == (503, "payment_provider_unavailable")
    sandbox.chaos("rate_limited")
    with pytest.raises(gateway.PaymentProviderUnavailable):
        gateway.retrieve_checkout_session(session.id)
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(gateway.PaymentProviderUnavailable):
        gateway.retrieve_checkout_session(session.id)


def test_a_wrong_key_is_our_own_fault(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_ofSomebodyElse"
    with pytest.raises(gateway.PaymentProviderError):
        gateway.retrieve_refund("re_1")


@pytest.mark.parametrize("key", ["sk_live_0123456789", "rk_live_0123456789", ""])
def test_a_live_key_never_leaves_for_another_host_and_none_is_no_key(settings: Any, key: str) -> None:
    settings.STRIPE_SECRET_KEY = key
    with pytest.raises(ImproperlyConfigured):
        gateway.retrieve_refund("re_1")


def test_a_proxy_for_the_outside_world_is_not_asked_for_loopback(
    opened: Opens, settings: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert opened().status == "open"


def test_importing_the_gateway_does_not_import_the_sdk() -> None:
    code = "import sys, marketplace.payments.gateway as _; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0
