"""Money that goes back goes back once, never more than came, whatever is lost between us and the provider."""

import os
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.db import connection, connections
from django.utils import timezone

from common import audit
from common.models import OutboxEvent
from marketplace import orders, refunds
from marketplace.models import Order, Payment, Refund
from marketplace.payments import gateway, ledger, wire
from tests import factories
from tests.marketplace.conftest import Till
from tests.racing import race
from tests.sandbox import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(till: Till) -> Order:
    """Paid, 49.00 EUR."""
    return till.sell(factories.artwork())


@pytest.fixture
def payment(order: Order) -> Payment:
    return order.payments.get()


def intend(payment: Payment, amount_minor: int = 4_900, action: str = "test") -> Refund:
    action = f"payment:{payment.pk}:{action}"
    return refunds.intend(payment=payment, action=action, amount_minor=amount_minor, reason="Asked for it.")


def at_the_provider(till: Till, payment: Payment) -> list[stripe.Refund]:
    return till.client().v1.refunds.list({"payment_intent": payment.intent_id or ""}).data


def make_due() -> None:
    Refund.objects.update(due_at=timezone.now())


def topics() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))


def test_all_the_money_goes_back_and_the_order_is_refunded(till: Till, order: Order, payment: Payment) -> None:
    refund = intend(payment)
    assert (refund.state, at_the_provider(till, payment)) == ("intended", [])
    assert refunds.send_due() == 1
    refund.refresh_from_db()
    (theirs,) = at_the_provider(till, payment)
    assert (refund.state, refund.provider_id, theirs.amount) == ("succeeded", theirs.id, 4_900)
    order.refresh_from_db()
    assert order.state == "refunded"
    assert OutboxEvent.objects.get(topic="order.refunded").payload == {"order_id": str(order.pk), "purpose": "artwork"}
    maker = order.lines.get().artwork
    assert maker is not None
    for code in (ledger.STRIPE_BALANCE, ledger.PLATFORM_REVENUE, ledger.payable(maker.maker_id)):
        assert ledger.balance(code, "EUR") == 0
    assert [line.action for line in audit.history(refund)] == ["refund.intend", "refund.succeed"]
    assert refunds.send_due() == 0


def test_two_equal_parts_are_two_refunds_and_only_the_last_ends_the_order(
    till: Till, order: Order, payment: Payment
) -> None:
    intend(payment, 2_450, "first half")
    assert refunds.send_due() == 1
    order.refresh_from_db()
    assert (order.state, ledger.balance(ledger.STRIPE_BALANCE, "EUR")) == ("paid", 2_450)
    assert "order.refunded" not in topics()
    intend(payment, 2_450, "second half")
    assert refunds.send_due() == 1
    order.refresh_from_db()
    assert (order.state, ledger.balance(ledger.STRIPE_BALANCE, "EUR")) == ("refunded", 0)
    assert [theirs.amount for theirs in at_the_provider(till, payment)] == [2_450, 2_450]


def test_the_same_action_is_the_same_refund(payment: Payment) -> None:
    assert intend(payment, 1_000) == intend(payment, 1_000)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("amount", [0, -1, 4_901])
def test_more_than_was_paid_or_nothing_is_refused(payment: Payment, amount: int) -> None:
    with pytest.raises(refunds.TooMuch) as refused:
        intend(payment, amount)
    assert (refused.value.status, refused.value.extra) == (422, {"left_minor": 4_900})
    assert not Refund.objects.exists()


def test_all_refunds_together_stay_within_the_payment(payment: Payment) -> None:
    intend(payment, 3_000, "a")
    with pytest.raises(refunds.TooMuch):
        intend(payment, 1_901, "b")
    assert intend(payment, 1_900, "c").amount_minor == 1_900


def test_what_was_not_received_does_not_go_back(till: Till) -> None:
    payment = orders.start_payment(order=till.order(factories.artwork()))
    with pytest.raises(refunds.NothingToRefund):
        intend(payment)
    assert not Refund.objects.exists()


def test_the_rest_of_an_order_goes_back_once_per_occasion(till: Till, order: Order, payment: Payment) -> None:
    intend(payment, 1_000)
    for _ in range(2):
        refunds.intend_rest(order=order, why="undeliverable", reason="It could not be delivered.")
    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [1_000, 3_900]
    assert refunds.send_due() == 2
    order.refresh_from_db()
    assert order.state == "refunded"


def test_a_lost_answer_does_not_send_money_twice(till: Till, payment: Payment) -> None:
    intend(payment)
    till.chaos("lost_response", times=3)
    assert refunds.send_due() == 0
    assert Refund.objects.get().state == "sent"
    make_due()
    assert refunds.send_due() == 1
    assert len(at_the_provider(till, payment)) == 1


def test_a_late_repeat_finds_the_refund_although_its_key_is_forgotten(till: Till, payment: Payment) -> None:
    refund = intend(payment, 1_000)
    theirs = gateway.refund(
        payment_intent_id=payment.intent_id or "",
        amount_minor=1_000,
        reason="Asked for it.",
        action_id=refund.action,
        idempotency_key=f"forgotten by the provider: {refund.pk}",
    )
    Refund.objects.update(state="sent", attempts=1)
    assert refunds.send_due() == 1
    refund.refresh_from_db()
    assert refund.provider_id == theirs.id
    assert len(at_the_provider(till, payment)) == 1


def test_a_refund_is_not_due_again_at_once(till: Till, payment: Payment) -> None:
    intend(payment)
    till.chaos("server_error", times=3)
    assert refunds.send_due() == 0
    assert refunds.send_due() == 0
    refund = Refund.objects.get()
    assert refund.attempts == 1
    assert timedelta(seconds=5) < refund.due_at - timezone.now() <= timedelta(seconds=10)


def test_a_refund_that_the_provider_refuses_fails_and_says_so(till: Till, order: Order, payment: Payment) -> None:
    till.client().v1.refunds.create({"payment_intent": payment.intent_id or ""})
    refund = intend(payment)
    assert refunds.send_due() == 0
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert "charge_already_refunded" in audit.history(refund)[-1].reason
    order.refresh_from_db()
    assert (order.state, ledger.balance(ledger.STRIPE_BALANCE, "EUR")) == ("paid", 4_900)


def test_a_refund_that_the_bank_sends_back_is_unbooked(till: Till) -> None:
    payment = till.pay_for(till.order(factories.artwork()), card="5126")
    orders.settle(payment_id=payment.pk)
    refund = intend(payment)
    refunds.send_due()
    refund.refresh_from_db()
    provider_id = refund.provider_id or ""
    refunds.refresh(provider_id=provider_id)
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 0
    till.advance(61)
    eventually(lambda: gateway.retrieve_refund(provider_id).status == "failed")
    for _ in range(2):
        refunds.refresh(provider_id=provider_id)
    refund.refresh_from_db()
    assert (refund.state, audit.history(refund)[-1].action) == ("failed", "refund.bounce")
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 4_900
    assert intend(payment, 4_900, "again").amount_minor == 4_900


def test_somebody_else_s_refund_is_left_alone(till: Till) -> None:
    refunds.refresh(provider_id="re_unknown")
    assert not Refund.objects.exists()


def test_a_key_that_was_used_for_another_payment_is_not_believed(till: Till, payment: Payment) -> None:
    other = till.sell(factories.artwork()).payments.get()
    refund = intend(payment)
    gateway.refund(
        payment_intent_id=other.intent_id or "",
        amount_minor=4_900,
        reason="Asked for it.",
        action_id=refund.action,
        idempotency_key=refund.action,
    )
    assert refunds.send_due() == 0
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 9_800


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_sweepers_at_once_send_it_once(till: Till) -> None:
    payment = till.sell(factories.artwork()).payments.get()
    intend(payment, 1_000)
    assert sorted(str(result) for result in race([refunds.send_due] * 8)) == ["0"] * 7 + ["1"]
    assert len(at_the_provider(till, payment)) == 1
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 3_900


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_for_all_of_it_at_once_get_it_once(till: Till) -> None:
    payment = till.sell(factories.artwork()).payments.get()
    results = race([_asking(payment, number) for number in range(8)])
    assert sorted(type(result).__name__ for result in results) == ["Refund"] + ["TooMuch"] * 7
    assert Refund.objects.get().amount_minor == 4_900


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_before_the_answer_was_kept_the_sweeper_keeps_it(till: Till) -> None:
    payment = till.sell(factories.artwork()).payments.get()
    intend(payment)
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_when_the_refund_is_booked()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert Refund.objects.get().state == "sent"
    assert len(at_the_provider(till, payment)) == 1
    make_due()
    assert refunds.send_due() == 1
    assert len(at_the_provider(till, payment)) == 1
    assert Order.objects.get().state == "refunded"
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 0


def _asking(payment: Payment, number: int) -> Any:
    return lambda: intend(payment, 4_900, f"action {number}")


def _die_when_the_refund_is_booked() -> None:
    def die(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and '"marketplace_entry"' in sql:
            os.kill(os.getpid(), 9)
        return execute(sql, *rest)

    try:
        wire.client_for.cache_clear()
        with connection.execute_wrapper(die):
            refunds.send_due()
    finally:
        os._exit(1)
