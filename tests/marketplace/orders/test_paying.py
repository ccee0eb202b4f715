"""The way to the payment page: one page per payment, whatever is lost on the way."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from marketplace import orders
from marketplace.models import Order, Payment
from marketplace.orders import ending
from marketplace.payments import gateway, wire
from tests import factories
from tests.marketplace.conftest import Till
from tests.racing import race

pytestmark = pytest.mark.django_db


def sessions_at_the_provider(till: Till, payment: Payment) -> list[str]:
    listed = till.client().v1.checkout.sessions.list({"limit": 100})
    return [session.id for session in listed.auto_paging_iter() if session.client_reference_id == str(payment.pk)]


def lose_the_answer(till: Till) -> None:
    """Of the next request and both of the SDK's own repeats."""
    till.chaos("lost_response", times=3)


def test_the_buyer_is_sent_to_a_page_over_the_order_s_price(till: Till) -> None:
    order = till.order(factories.artwork(title="Kiln Dusk", prices={"personal": 28_000}))
    payment = orders.start_payment(order=order)
    assert (payment.state, payment.amount_minor, payment.currency) == ("open", 28_000, "EUR")
    assert payment.session_url.startswith(till.base)
    session = till.client().v1.checkout.sessions.retrieve(payment.session_id or "")
    assert (session.amount_total, session.currency, session.customer_email) == (28_000, "eur", order.email)
    assert session.success_url == f"http://127.0.0.1:8000/orders/{order.pk}/return/"
    page = till.web.get(payment.session_url, timeout=10).text
    assert "Kiln Dusk · Personal" in page


def test_a_second_click_gets_the_same_page(till: Till) -> None:
    order = till.order(factories.artwork())
    assert orders.start_payment(order=order).session_url == orders.start_payment(order=order).session_url
    assert Payment.objects.count() == 1


def test_a_lost_answer_is_asked_for_again_and_opens_no_second_page(till: Till) -> None:
    order = till.order(factories.artwork())
    lose_the_answer(till)
    with pytest.raises(gateway.PaymentProviderUnavailable):
        orders.start_payment(order=order)
    stranded = Payment.objects.get()
    assert (stranded.state, stranded.session_id) == ("created", None)
    payment = orders.start_payment(order=order)
    assert payment == stranded
    assert sessions_at_the_provider(till, payment) == [payment.session_id]


@pytest.mark.parametrize("state", ["paid", "fulfilled", "expired", "cancelled", "refunded"])
def test_an_order_that_awaits_no_payment_gets_no_page(till: Till, state: str) -> None:
    order = till.order(factories.artwork())
    Order.objects.filter(pk=order.pk).update(state=state, paid_at=timezone.now())
    with pytest.raises(orders.NotPayable) as refused:
        orders.start_payment(order=order)
    assert (refused.value.status, refused.value.extra) == (409, {"state": state})
    assert not Payment.objects.exists()


def test_an_order_whose_time_has_run_out_gets_no_page(till: Till) -> None:
    order = till.order(factories.artwork())
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
    with pytest.raises(orders.NotPayable, match="run out"):
        orders.start_payment(order=order)
    assert not Payment.objects.exists()


def test_a_page_that_lapsed_is_replaced_by_a_new_one(till: Till) -> None:
    commission = factories.commission()
    order = orders.place_milestone(
        commission=commission,
        purpose="deposit",
        buyer=commission.commissioner,
        amount_minor=6_000,
        currency="EUR",
        description="Deposit",
    )
    lapsed = orders.start_payment(order=order)
    gateway.expire_checkout_session(lapsed.session_id or "")
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=2))
    fresh = orders.start_payment(order=order)
    lapsed.refresh_from_db()
    assert (lapsed.state, fresh.state) == ("expired", "open")
    assert fresh.session_url != lapsed.session_url


def test_a_refusal_for_good_closes_the_payment_so_that_another_can_begin(till: Till) -> None:
    order = till.order(factories.artwork())
    Order.objects.filter(pk=order.pk).update(email="not an address")
    order.refresh_from_db()
    with pytest.raises(gateway.PaymentProviderError):
        orders.start_payment(order=order)
    refused = Payment.objects.get()
    assert refused.state == "expired"
    assert "email_invalid" in refused.problem
    Order.objects.filter(pk=order.pk).update(email="a@example.org")
    assert orders.start_payment(order=order).state == "open"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_said_to_the_provider_inside_a_transaction(till: Till) -> None:
    order = till.order(factories.artwork())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        orders.start_payment(order=order)
    assert not Payment.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_on_pay_at_once_open_one_page(till: Till) -> None:
    order = till.order(factories.artwork())
    results = race([lambda: orders.start_payment(order=order)] * 8)
    assert {type(result) for result in results} <= {Payment, gateway.PaymentProviderUnavailable}
    payment = Payment.objects.get()
    assert payment.state == "open"
    assert {result.session_url for result in results if isinstance(result, Payment)} == {payment.session_url}
    assert sessions_at_the_provider(till, payment) == [payment.session_id]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_before_the_page_was_kept_the_sweeper_keeps_it(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.order(factories.artwork())
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_when_the_page_is_kept(order)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    payment = Payment.objects.get()
    assert (payment.state, payment.session_id) == ("created", None)
    (session_id,) = sessions_at_the_provider(till, payment)
    monkeypatch.setattr(ending, "FIRST_LOOK", timedelta(0))
    orders.sweep()
    payment.refresh_from_db()
    assert (payment.state, payment.session_id) == ("open", session_id)


def _die_when_the_page_is_kept(order: Order) -> None:
    def die(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "marketplace_payment"'):
            os.kill(os.getpid(), 9)
        return execute(sql, *rest)

    try:
        wire.client_for.cache_clear()
        with connection.execute_wrapper(die):
            orders.start_payment(order=order)
    finally:
        os._exit(1)
