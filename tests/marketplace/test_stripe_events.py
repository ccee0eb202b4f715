"""Events only say that something changed: in any order, any number of times, the outcome is the same."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from marketplace import orders, refunds, stripe_events
from marketplace.models import Entry, Order, Payment, Refund, StripeEvent
from marketplace.payments import gateway
from tests import factories
from tests.marketplace.conftest import Till
from tests.racing import race

pytestmark = pytest.mark.django_db


def keep(identifier: str, object_type: str, object_id: str, kind: str = "something.happened") -> bool:
    return stripe_events.keep(
        gateway.ProviderEvent(
            id=identifier,
            type=kind,
            object_type=object_type,
            object_id=object_id,
            created_at=datetime.now(UTC),
            livemode=False,
        )
    )


def make_due() -> None:
    StripeEvent.objects.update(due_at=timezone.now())


def test_an_event_about_a_page_settles_its_payment(till: Till) -> None:
    payment = till.pay_for(till.order(factories.artwork()))
    keep("evt_1", "checkout.session", payment.session_id or "")
    assert stripe_events.process_due() == 1
    assert Order.objects.get().state == "paid"
    row = StripeEvent.objects.get()
    assert (row.attempts, row.error) == (1, "")
    assert row.processed_at is not None
    assert stripe_events.process_due() == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_events_come_does_not_matter(till: Till, order: tuple[int, ...]) -> None:
    payment = till.pay_for(till.order(factories.artwork()))
    session = till.client().v1.checkout.sessions.retrieve(payment.session_id or "")
    subjects = [
        ("checkout.session", session.id),
        ("payment_intent", str(session.payment_intent)),
        ("charge", "ch_of_this_payment"),
    ]
    for number in order:
        keep(f"evt_{number}", *subjects[number])
        assert stripe_events.process_due() == 1
    assert Order.objects.get().state == "paid"
    assert Entry.objects.count() == 1


def test_an_event_of_a_type_that_nobody_knows_is_ticked_off(till: Till) -> None:
    keep("evt_1", "issuing.card", "ic_1")
    assert stripe_events.process_due() == 1
    assert StripeEvent.objects.get().processed_at is not None


def test_an_event_that_lies_changes_nothing(till: Till) -> None:
    payment = orders.start_payment(order=till.order(factories.artwork()))
    keep("evt_1", "checkout.session", payment.session_id or "", kind="checkout.session.completed")
    assert stripe_events.process_due() == 1
    assert Order.objects.get().state == "awaiting_payment"


def test_a_page_whose_address_never_reached_us_is_found_by_what_it_says(till: Till) -> None:
    payment = till.pay_for(till.order(factories.artwork()))
    session_id = payment.session_id or ""
    Payment.objects.update(session_id=None, session_url="", state="expired")
    keep("evt_1", "checkout.session", session_id)
    assert stripe_events.process_due() == 1
    payment.refresh_from_db()
    assert (payment.state, payment.session_id, Order.objects.get().state) == ("succeeded", session_id, "paid")


def test_a_page_that_is_not_ours_is_ticked_off(till: Till) -> None:
    session = till.client().v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://example.org/",
            "client_reference_id": "somebody else's",
            "line_items": [
                {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 900, "product_data": {"name": "x"}}}
            ],
        }
    )
    keep("evt_1", "checkout.session", session.id)
    assert stripe_events.process_due() == 1
    assert not Payment.objects.exists()


def test_one_that_fails_waits_longer_each_time_and_holds_up_no_other(till: Till) -> None:
    payment = till.pay_for(till.order(factories.artwork()))
    keep("evt_1", "checkout.session", "cs_test_unknown")
    keep("evt_2", "checkout.session", payment.session_id or "")
    assert stripe_events.process_due() == 1
    assert Order.objects.get().state == "paid"
    waits = []
    for _ in range(3):
        failed = StripeEvent.objects.get(pk="evt_1")
        assert (failed.processed_at, failed.error.split(":")[0]) == (None, "PaymentProviderError")
        waits.append(round((failed.due_at - timezone.now()).total_seconds()))
        make_due()
        stripe_events.process_due()
    assert waits == sorted(waits)
    assert waits[2] >= 4 * max(waits[0], 1) - 2


def test_an_event_about_a_refund_looks_at_it_again(till: Till) -> None:
    payment = till.sell(factories.artwork()).payments.get()
    refund = refunds.intend(payment=payment, action=f"{payment.pk}", amount_minor=900, reason="x")
    theirs = gateway.refund(
        payment_intent_id=payment.intent_id or "",
        amount_minor=900,
        reason="x",
        action_id=refund.action,
        idempotency_key=refund.action,
    )
    Refund.objects.update(state="sent", provider_id=theirs.id)
    keep("evt_1", "refund", theirs.id)
    assert stripe_events.process_due() == 1
    assert Refund.objects.get().state == "succeeded"


def test_a_crash_in_the_middle_leaves_the_event_due_again_after_its_lease(till: Till) -> None:
    keep("evt_1", "charge", "ch_1")
    StripeEvent.objects.update(due_at=timezone.now() + stripe_events.LEASE, attempts=1)
    assert stripe_events.process_due() == 0
    StripeEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert stripe_events.process_due() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_deliveries_of_one_event_at_once_store_it_once() -> None:
    results: list[Any] = race([lambda: keep("evt_1", "charge", "ch_1")] * 8)
    assert {type(result) for result in results} == {bool}
    assert True in results
    assert StripeEvent.objects.count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_act_on_an_event_once(till: Till) -> None:
    payment = till.pay_for(till.order(factories.artwork()))
    for number in range(4):
        keep(f"evt_{number}", "checkout.session", payment.session_id or "")
    assert sum(int(str(done)) for done in race([stripe_events.process_due] * 8)) == 4
    assert (Order.objects.get().state, Entry.objects.count()) == ("paid", 1)
