"""What a maker has coming: held for a while, then to be paid out; a debt where more went back than is left."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from marketplace.models import Entry
from marketplace.payments import ledger
from marketplace.payouts import books

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(settings: Any) -> None:
    settings.COMMISSION_RATE_PERCENT, settings.PAYOUT_HOLD_DAYS = 15, 14


def sell(maker: UUID, action: str, *, hold_days: int, settings: Any, amount_minor: int = 10_000) -> None:
    settings.PAYOUT_HOLD_DAYS = hold_days
    ledger.book_sale(action=action, currency="EUR", amount_minor=amount_minor, maker_id=maker)


def refund(action: str, amount_minor: int, *, before_minor: int = 0) -> Entry:
    return ledger.reverse(
        action=f"refund of {action}", receipt=action, amount_minor=amount_minor, before_minor=before_minor
    )


def test_who_sold_nothing_has_nothing_coming() -> None:
    assert books.owed_to(uuid4()) == []


def test_a_sale_is_held_and_then_available(settings: Any) -> None:
    maker = uuid4()
    sell(maker, "new", hold_days=14, settings=settings)
    sell(maker, "old", hold_days=0, settings=settings, amount_minor=2_000)
    assert books.owed_to(maker) == [("EUR", 1_700, 8_500, 0)]
    in_13_days = timezone.now() + timedelta(days=13)
    assert Entry.objects.filter(action="new", matures_at__gt=in_13_days).exists()
    assert books.owed_to(uuid4()) == []


def test_a_refund_of_what_is_held_takes_nothing_of_what_is_available(settings: Any) -> None:
    maker = uuid4()
    sell(maker, "new", hold_days=14, settings=settings)
    sell(maker, "old", hold_days=0, settings=settings, amount_minor=2_000)
    refund("new", 4_000)
    assert books.owed_to(maker) == [("EUR", 1_700, 5_100, 0)]
    ledger.undo(action="bounced", entry="refund of new")
    assert books.owed_to(maker) == [("EUR", 1_700, 8_500, 0)]


def test_a_refund_of_what_was_paid_out_is_a_debt(settings: Any) -> None:
    maker = uuid4()
    sell(maker, "old", hold_days=0, settings=settings)
    paid_out = [(ledger.payable(maker), 8_500), (ledger.STRIPE_BALANCE, -8_500)]
    ledger.post(action="paid out", kind="transfer", currency="EUR", lines=paid_out)
    refund("old", 10_000)
    sell(maker, "new", hold_days=14, settings=settings, amount_minor=4_000)
    assert books.owed_to(maker) == [("EUR", -8_500, 3_400, 0)]


def test_a_delivered_commission_is_held_from_its_delivery_on(settings: Any) -> None:
    maker, commission = uuid4(), uuid4()
    ledger.book_deposit(action="deposit", currency="EUR", amount_minor=6_000, commission_id=commission)
    assert books.owed_to(maker) == []
    ledger.release_commission(commission_id=commission, maker_id=maker, currency="EUR")
    assert books.owed_to(maker) == [("EUR", 0, 5_100, 0)]
    refund("deposit", 3_000)
    assert books.owed_to(maker) == [("EUR", 0, 2_550, 0)]


def test_only_those_with_enough_to_pay_out_are_found(settings: Any) -> None:
    rich, poor, early = uuid4(), uuid4(), uuid4()
    sell(rich, "a", hold_days=0, settings=settings)
    sell(poor, "b", hold_days=0, settings=settings, amount_minor=1_000)
    sell(early, "c", hold_days=14, settings=settings)
    assert books.matured(at_least_minor=1_000) == [(rich, "EUR")]
    assert set(books.matured(at_least_minor=850)) == {(rich, "EUR"), (poor, "EUR")}


def test_the_shares_of_a_sale_sum_to_it_exactly() -> None:
    maker = uuid4()
    assert ledger.shares(4_999, maker) == [(ledger.PLATFORM_REVENUE, 750), (ledger.payable(maker), 4_249)]
