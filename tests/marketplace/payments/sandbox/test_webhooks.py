"""Deliveries: signed, in spite of everything once at least, and disturbed on demand."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stripe
from stripe.checkout import Session

from tests.marketplace.payments.conftest import session_parameters
from tests.sandbox import Receiver, Sandbox, eventually

Opens = Callable[..., Session]
PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.fixture
def paid(sandbox: Sandbox, open_session: Opens) -> Callable[[], Session]:
    def pay() -> Session:
        session = open_session()
        assert session.url is not None
        assert sandbox.pay(session.url).status_code == 303
        sandbox.wait_for_deliveries()
        return session

    return pay


@pytest.fixture
def attempts(sandbox: Sandbox) -> Callable[[], dict[str, int]]:
    """How often each type of the newest three events was tried."""
    return lambda: {delivery["type"]: delivery["attempts"] for delivery in sandbox.deliveries()[:3]}


def types(receiver: Receiver) -> list[str]:
    return [str(event.type) for event in receiver.taken()]


def test_a_payment_is_told_in_signed_events_that_carry_the_objects(
    client: stripe.StripeClient, receiver: Receiver, paid: Callable[[], Session]
) -> None:
    session = paid()
    assert types(receiver) == PAID
    completed = receiver.taken()[2]
    assert completed.data.object["id"] == session.id
    assert completed.data.object["payment_status"] == "paid"
    assert (completed.livemode, completed.api_version) == (False, stripe.api_version)
    assert client.v1.events.retrieve(completed.id).data.object["id"] == session.id


def test_declines_expiries_and_refunds_are_told_too(
    sandbox: Sandbox, client: stripe.StripeClient, receiver: Receiver, open_session: Opens, paid_intent: str
) -> None:
    declined, expired = open_session(), open_session()
    assert declined.url is not None
    sandbox.wait_for_deliveries()
    receiver.knocks.clear()
    sandbox.pay(declined.url, "0002")
    client.v1.checkout.sessions.expire(expired.id)
    client.v1.refunds.create({"payment_intent": paid_intent, "amount": 100})
    sandbox.wait_for_deliveries()
    assert types(receiver) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.expired",
        "refund.created",
        "charge.refunded",
        "refund.updated",
    ]
    assert receiver.taken()[4].data.object["amount_refunded"] == 100


def test_a_receiver_that_fails_is_asked_again_until_it_takes_the_event(
    receiver: Receiver, paid: Callable[[], Session], attempts: Callable[[], dict[str, int]]
) -> None:
    receiver.answers[:] = [500, 500]
    session = paid()
    assert len(receiver.knocks) == 5
    assert sorted(types(receiver)) == sorted(PAID)
    assert {event.data.object["id"] for event in receiver.taken()} >= {session.id}
    assert sorted(attempts().values()) == [1, 2, 2]


def test_a_redirect_is_a_failure(receiver: Receiver, paid: Callable[[], Session]) -> None:
    receiver.answers[:] = [302]
    paid()
    assert [knock.answered for knock in receiver.knocks] == [302, 200, 200, 200]


def test_a_duplicate_is_the_same_event_twice(sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session]) -> None:
    sandbox.chaos("duplicate", times=3)
    paid()
    assert types(receiver) == [kind for kind in PAID for _ in range(2)]
    assert len({event.id for event in receiver.taken()}) == 3


def test_reordered_events_come_in_the_opposite_order(
    sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session]
) -> None:
    sandbox.chaos("reorder")
    paid()
    assert types(receiver) == PAID[::-1]


def test_a_delayed_event_comes_last(sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session]) -> None:
    sandbox.chaos("delay", seconds=0.4)
    paid()
    assert types(receiver) == [*PAID[1:], PAID[0]]


@pytest.mark.parametrize("switch", ["bad_signature", "stale_timestamp"])
def test_a_wrongly_signed_delivery_is_refused_by_the_sdk_and_the_right_one_follows(
    sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session], switch: str
) -> None:
    sandbox.chaos(switch)
    paid()
    assert [knock.answered for knock in receiver.knocks] == [400, 200, 200, 200]
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.knocks[0].event()
    assert sorted(types(receiver)) == sorted(PAID)


def test_a_dropped_delivery_is_made_again(
    sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session], attempts: Callable[[], dict[str, int]]
) -> None:
    sandbox.chaos("drop_then_retry")
    paid()
    assert len(receiver.knocks) == 3
    assert sorted(types(receiver)) == sorted(PAID)
    assert attempts()["charge.succeeded"] == 2


def test_an_event_can_be_sent_again_by_hand(sandbox: Sandbox, receiver: Receiver, paid: Callable[[], Session]) -> None:
    paid()
    event = receiver.taken()[2]
    sandbox.resend(event.id)
    eventually(lambda: len(receiver.knocks) == 4)
    assert receiver.taken()[3].id == event.id


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[tuple[Sandbox, Receiver]]:
    """A sandbox whose receiver is not there yet."""
    receiver = Receiver()
    with Sandbox(tmp_path, webhook_url=receiver.url) as sandbox:
        yield sandbox, receiver


def test_a_sandbox_killed_between_payment_and_delivery_still_delivers_after_its_restart(
    lonely: tuple[Sandbox, Receiver],
) -> None:
    sandbox, receiver = lonely
    client = sandbox.client()
    session = client.v1.checkout.sessions.create(session_parameters(), {"idempotency_key": "before the crash"})
    assert session.url is not None
    assert sandbox.pay(session.url).status_code == 303
    sandbox.stop(signal.SIGKILL)
    assert receiver.knocks == []
    with receiver.listening():
        sandbox.start()
        eventually(lambda: len(receiver.taken()) == 3)
        assert sorted(types(receiver)) == sorted(PAID)
        sandbox.wait_for_deliveries()
    replayed = client.v1.checkout.sessions.create(session_parameters(), {"idempotency_key": "before the crash"})
    assert replayed.to_dict() == session.to_dict()
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    assert [charge.amount for charge in client.v1.charges.list().data] == [4900]
