"""Refunds and the balance, through the real SDK."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe
from stripe.checkout import Session

from tests.marketplace.payments.conftest import session_parameters
from tests.sandbox import Receiver, Sandbox, eventually


def refunded(client: stripe.StripeClient, intent_id: str) -> tuple[int, bool]:
    charge = client.v1.charges.list({"payment_intent": intent_id}).data[0]
    return charge.amount_refunded, charge.refunded


def test_a_payment_is_refunded_in_parts_and_then_no_further(client: stripe.StripeClient, paid_intent: str) -> None:
    part = client.v1.refunds.create(
        {"payment_intent": paid_intent, "amount": 1900, "metadata": {"action_id": "a"}, "reason": "duplicate"}
    )
    assert (part.status, part.amount, part.currency, part.payment_intent) == ("succeeded", 1900, "eur", paid_intent)
    assert (part.reason, part.metadata and part.metadata["action_id"]) == ("duplicate", "a")
    assert refunded(client, paid_intent) == (1900, False)
    rest = client.v1.refunds.create({"payment_intent": paid_intent})
    assert rest.amount == 3000
    assert refunded(client, paid_intent) == (4900, True)
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.refunds.create({"payment_intent": paid_intent})
    assert again.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": paid_intent}).data
    assert [refund.id for refund in listed] == [rest.id, part.id]


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (4901, r"Refund amount \(€49.01\) is greater than charge amount \(€49.00\)"),
        (0, "Invalid positive"),
        (-1, "Invalid positive"),
    ],
)
def test_more_than_was_paid_or_less_than_something_is_not_given_back(
    client: stripe.StripeClient, paid_intent: str, amount: int, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.v1.refunds.create({"payment_intent": paid_intent, "amount": amount})
    assert refunded(client, paid_intent) == (0, False)
    assert client.v1.refunds.list({"payment_intent": paid_intent}).data == []


def test_refunds_at_once_never_give_back_more_than_was_paid(
    sandbox: Sandbox, client: stripe.StripeClient, paid_intent: str
) -> None:
    ready = threading.Barrier(8)
    outcomes: list[str] = []

    def refund() -> None:
        own = sandbox.client()
        ready.wait()
        try:
            outcomes.append(own.v1.refunds.create({"payment_intent": paid_intent, "amount": 2000}).id[:3])
        except stripe.InvalidRequestError:
            outcomes.append("no")

    threads = [threading.Thread(target=refund) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["no"] * 6 + ["re_"] * 2
    assert refunded(client, paid_intent) == (4000, False)


def test_what_was_never_paid_cannot_be_refunded(
    sandbox: Sandbox, client: stripe.StripeClient, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    assert session.url is not None
    sandbox.pay(session.url, "0002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(intent, str)
    with pytest.raises(stripe.InvalidRequestError, match="never captured"):
        client.v1.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        client.v1.refunds.create({"payment_intent": "pi_none"})
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({"amount": 100})


def test_the_balance_books_the_charge_with_its_fee_and_the_refund_without(
    client: stripe.StripeClient, paid_intent: str
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid_intent, "amount": 1900})
    charge = client.v1.charges.list({"payment_intent": paid_intent}).data[0]
    booked = {
        item.source: (item.type, item.amount, item.fee, item.net)
        for item in client.v1.balance_transactions.list({"limit": 2}).data
    }
    assert booked == {refund.id: ("refund", -1900, 0, -1900), charge.id: ("charge", 4900, 99, 4801)}
    assert client.v1.refunds.retrieve(refund.id).balance_transaction == refund.balance_transaction


def test_a_refund_that_had_succeeded_can_still_fail_and_the_money_returns(tmp_path: Path) -> None:
    with Receiver().listening() as receiver, Sandbox(tmp_path, webhook_url=receiver.url) as sandbox:
        client = sandbox.client()
        session = client.v1.checkout.sessions.create(session_parameters())
        assert session.url is not None
        sandbox.pay(session.url, "5126")
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        assert isinstance(intent, str)
        refund = client.v1.refunds.create({"payment_intent": intent, "amount": 1900})
        assert (refund.status, refunded(client, intent)) == ("succeeded", (1900, False))
        sandbox.advance(61)
        eventually(lambda: "refund.failed" in [event.type for event in receiver.taken()])
        failed = client.v1.refunds.retrieve(refund.id)
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        assert refunded(client, intent) == (0, False)
        booked = [(item.type, item.net) for item in client.v1.balance_transactions.list().data]
        assert booked == [("refund_failure", 1900), ("refund", -1900), ("charge", 4801)]
