"""Orders that end unpaid give their edition back, and nobody can pay them any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from common import audit
from common.errors import InvalidTransition, PermissionRefused
from common.models import OutboxEvent
from marketplace import orders
from marketplace.models import Artwork, Edition, Order, Payment, Refund
from marketplace.orders import ending
from marketplace.payments import gateway
from tests import factories
from tests.marketplace.conftest import Till
from tests.racing import race

pytestmark = pytest.mark.django_db


def counters(artwork: Artwork) -> tuple[int, int]:
    artwork.refresh_from_db()
    return artwork.sold, artwork.held


def run_out(*placed: Order) -> None:
    Order.objects.filter(pk__in=[order.pk for order in placed]).update(expires_at=timezone.now())


def topics() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))


def test_what_is_not_paid_in_time_expires_and_can_no_longer_be_paid(till: Till) -> None:
    artwork = factories.artwork(edition_size=1)
    order = till.order(artwork)
    payment = orders.start_payment(order=order)
    run_out(order)
    assert orders.expire_due() == 1
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state, counters(artwork)) == ("expired", "expired", (0, 0))
    assert till.pay(payment.session_url).status_code != 303
    assert gateway.retrieve_checkout_session(payment.session_id or "").status == "expired"
    assert topics() == ["order.placed", "order.expired"]
    assert OutboxEvent.objects.get(topic="order.expired").payload == {"order_id": str(order.pk), "purpose": "artwork"}
    assert audit.history(order)[-1].action == "order.expire"
    assert orders.expire_due() == 0


def test_an_order_that_nobody_began_to_pay_expires_without_a_word_to_the_provider(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    artwork = factories.artwork()
    offer = factories.offer(artwork)
    order = orders.place(buyer=None, email="a@example.org", artwork=artwork, offer_id=offer.pk, language="en")
    run_out(order)
    assert orders.expire_due() == 1
    assert counters(artwork) == (0, 0)


def test_what_still_has_time_stays(till: Till) -> None:
    artwork = factories.artwork()
    till.order(artwork)
    assert orders.expire_due() == 0
    assert counters(artwork) == (0, 1)


def test_what_turns_out_to_be_paid_is_settled_and_not_expired(till: Till) -> None:
    artwork = factories.artwork()
    payment = till.pay_for(till.order(artwork))
    run_out(payment.order)
    assert orders.expire_due() == 0
    order = Order.objects.get()
    assert (order.state, counters(artwork)) == ("paid", (1, 0))


def test_while_the_provider_does_not_answer_nothing_expires(till: Till, settings: Any) -> None:
    artwork = factories.artwork()
    order = till.order(artwork)
    orders.start_payment(order=order)
    run_out(order)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert orders.expire_due() == 0
    order.refresh_from_db()
    assert (order.state, counters(artwork)) == ("awaiting_payment", (0, 1))
    settings.STRIPE_API_BASE = till.base
    assert orders.expire_due() == 1


def test_one_order_that_cannot_expire_does_not_hold_up_the_others(till: Till) -> None:
    artwork = factories.artwork()
    broken, other = till.order(artwork), till.order(artwork)
    orders.start_payment(order=broken)
    Payment.objects.update(session_id="cs_test_unknown")
    run_out(broken, other)
    assert orders.expire_due() == 1
    other.refresh_from_db()
    broken.refresh_from_db()
    assert (broken.state, other.state, counters(artwork)) == ("awaiting_payment", "expired", (0, 1))


def test_a_page_that_the_provider_does_not_know_is_given_up_after_its_time(till: Till) -> None:
    artwork = factories.artwork()
    order = till.order(artwork)
    orders.start_payment(order=order)
    Payment.objects.update(session_id="cs_test_unknown", created_at=timezone.now() - timedelta(hours=2))
    run_out(order)
    assert orders.expire_due() == 1
    assert Payment.objects.get().problem == "The provider does not know this page."
    assert counters(artwork) == (0, 0)


def test_a_buyer_cancels_and_the_edition_is_free_again(till: Till) -> None:
    artwork = factories.artwork()
    order = till.order(artwork)
    payment = orders.start_payment(order=order)
    cancelled = orders.cancel(order=order, actor=order.buyer)
    payment.refresh_from_db()
    assert (cancelled.state, payment.state, counters(artwork)) == ("cancelled", "expired", (0, 0))
    assert (audit.history(order)[-1].role, audit.history(order)[-1].actor) == ("buyer", order.buyer)
    assert topics()[-1] == "order.cancelled"


def test_nobody_cancels_somebody_else_s_order(till: Till) -> None:
    artwork = factories.artwork()
    order = till.order(artwork)
    with pytest.raises(PermissionRefused):
        orders.cancel(order=order, actor=factories.user())
    order.refresh_from_db()
    assert (order.state, counters(artwork)) == ("awaiting_payment", (0, 1))


def test_what_turns_out_to_be_paid_is_not_cancelled(till: Till) -> None:
    artwork = factories.artwork()
    payment = till.pay_for(till.order(artwork))
    with pytest.raises(InvalidTransition, match="paid"):
        orders.cancel(order=payment.order, actor=payment.order.buyer)
    assert (Order.objects.get().state, counters(artwork)) == ("paid", (1, 0))


def test_the_sweeper_settles_what_nobody_told_us_about(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "FIRST_LOOK", timedelta(0))
    till.pay_for(till.order(factories.artwork()))
    orders.sweep()
    assert Order.objects.get().state == "paid"


def test_the_sweeper_asks_at_pauses_that_grow_with_a_payment_s_age(till: Till) -> None:
    payment = orders.start_payment(order=till.order(factories.artwork()))
    orders.sweep()
    assert not looked_at(payment)
    Payment.objects.update(created_at=timezone.now() - timedelta(seconds=20))
    orders.sweep()
    assert looked_at(payment)
    till.pay(payment.session_url)
    orders.sweep()
    assert Order.objects.get().state == "awaiting_payment"
    cache.delete(f"payment-looked-at:{payment.pk}")
    orders.sweep()
    assert Order.objects.get().state == "paid"


def looked_at(payment: Payment) -> bool:
    return cache.get(f"payment-looked-at:{payment.pk}") is not None


def test_the_sweeper_closes_a_page_that_was_opened_while_its_order_ended(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "FIRST_LOOK", timedelta(0))
    order = till.order(factories.artwork())
    payment = orders.start_payment(order=order)
    Order.objects.update(state="cancelled")
    orders.sweep()
    payment.refresh_from_db()
    assert payment.state == "expired"
    assert till.pay(payment.session_url).status_code != 303


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_expired_by_eight_at_once_an_order_gives_back_one_edition(till: Till) -> None:
    artwork = factories.artwork()
    order, _other = till.order(artwork), till.order(artwork)
    orders.start_payment(order=order)
    run_out(order)
    race([orders.expire_due] * 8)
    assert (Order.objects.get(pk=order.pk).state, counters(artwork)) == ("expired", (0, 1))
    assert topics().count("order.expired") == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_paid_settled_expired_and_cancelled_at_once_an_order_is_either_paid_or_ended(till: Till) -> None:
    for _ in range(3):
        artwork = factories.artwork()
        order = till.order(artwork)
        payment = orders.start_payment(order=order)
        run_out(order)
        settle = _settling(payment)
        race([_paying(till, payment), settle, orders.expire_due, _cancelling(order), settle])
        orders.settle(payment_id=payment.pk)
        order.refresh_from_db()
        payment.refresh_from_db()
        outcome = (order.state, payment.state, counters(artwork), Edition.objects.filter(artwork=artwork).count())
        assert outcome in {
            ("paid", "succeeded", (1, 0), 1),
            ("expired", "expired", (0, 0), 0),
            ("cancelled", "expired", (0, 0), 0),
        }
        assert not Refund.objects.exists()


def _paying(till: Till, payment: Payment) -> Callable[[], Any]:
    return lambda: till.pay(payment.session_url)


def _settling(payment: Payment) -> Callable[[], Any]:
    return lambda: orders.settle(payment_id=payment.pk)


def _cancelling(order: Order) -> Callable[[], Any]:
    return lambda: orders.cancel(order=order, actor=order.buyer)
