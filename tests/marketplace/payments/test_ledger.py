"""The books balance, whoever writes into them, and whatever is tried to make them not."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.models import Account, Entry, Line
from marketplace.payments import ledger
from tests.racing import race

Lines = list[tuple[Account, str, int]]


@pytest.mark.concurrency  # no races, but the triggers of either database are its own
@pytest.mark.django_db
class TestTheDatabaseItself:
    """Every row is written past the ledger module: what refuses here is the database."""

    @pytest.fixture(autouse=True)
    def _accounts(self) -> None:
        self.bank = Account.objects.create(code="stripe_balance", currency="EUR")
        self.house = Account.objects.create(code="platform_revenue", currency="EUR")
        self.maker = Account.objects.create(code="payable:maker:7", currency="EUR")
        self.heir = Account.objects.create(code="payable:royalty:3", currency="EUR")
        self.dollars = Account.objects.create(code="stripe_balance", currency="USD")

    def write(self, action: str, lines: Lines, *, post: bool = True) -> Entry:
        entry = Entry.objects.create(action=action, kind="sale")
        for account, currency, amount in lines:
            Line.objects.create(entry=entry, account=account, currency=currency, amount_minor=amount)
        if post:
            Entry.objects.filter(pk=entry.pk).update(posted=True)
        return entry

    def sale(self) -> Entry:
        shares = [(self.bank, 10_000), (self.house, -1_500), (self.maker, -8_000), (self.heir, -500)]
        return self.write("sale", [(account, "EUR", amount) for account, amount in shares])

    def refuses(self, why: str) -> Any:
        return _Refusal(why)

    def test_takes_a_sale_divided_among_several(self) -> None:
        self.sale()
        assert ledger.balance("stripe_balance", "EUR") == 10_000
        assert ledger.balance("payable:maker:7", "EUR") == -8_000

    def test_refuses_the_same_action_twice(self) -> None:
        self.sale()
        with self.refuses("action"):
            self.sale()

    def test_refuses_an_entry_that_does_not_balance(self) -> None:
        with self.refuses("unbalanced"):
            self.write("x", [(self.bank, "EUR", 10_000), (self.house, "EUR", -1)])

    def test_refuses_to_balance_one_currency_with_another(self) -> None:
        with self.refuses("unbalanced"):
            self.write("x", [(self.bank, "EUR", 100), (self.dollars, "USD", -100)])

    def test_refuses_a_line_in_another_currency_than_its_account(self) -> None:
        with self.refuses("unbalanced"):
            self.write("x", [(self.dollars, "EUR", 100), (self.house, "EUR", -100)])

    def test_refuses_an_entry_without_lines(self) -> None:
        with self.refuses("unbalanced"):
            self.write("x", [])

    def test_refuses_a_line_of_nothing(self) -> None:
        with self.refuses("not_zero"):
            self.write("x", [(self.bank, "EUR", 0)])

    def test_refuses_to_change_a_line(self) -> None:
        sale = self.sale()
        with self.refuses("immutable"):
            Line.objects.filter(entry=sale, account=self.bank).update(amount_minor=1)

    def test_refuses_to_delete_a_line(self) -> None:
        sale = self.sale()
        with self.refuses("immutable"):
            Line.objects.filter(entry=sale)._raw_delete("default")

    def test_refuses_another_line_in_a_posted_entry(self) -> None:
        sale = self.sale()
        with self.refuses("posted"):
            Line.objects.create(entry=sale, account=self.bank, currency="EUR", amount_minor=5)

    def test_refuses_to_take_a_posting_back(self) -> None:
        sale = self.sale()
        with self.refuses("posted"):
            Entry.objects.filter(pk=sale.pk).update(posted=False)

    def test_refuses_to_delete_a_posted_entry(self) -> None:
        sale = self.sale()
        with self.refuses("posted"):
            Entry.objects.filter(pk=sale.pk)._raw_delete("default")

    def test_refuses_an_entry_that_is_born_posted(self) -> None:
        with self.refuses("unposted"):
            Entry.objects.create(action="x", kind="sale", posted=True)

    def test_refuses_to_give_an_account_another_currency(self) -> None:
        self.sale()
        with self.refuses("immutable"):
            Account.objects.filter(pk=self.bank.pk).update(currency="USD")

    def test_refuses_to_give_an_account_another_name(self) -> None:
        with self.refuses("immutable"):
            Account.objects.filter(pk=self.maker.pk).update(code="payable:maker:8")

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows")
    @pytest.mark.parametrize("model", [Account, Entry, Line])
    def test_refuses_to_replace_a_row(self, model: type[Any]) -> None:
        self.sale()
        table = model._meta.db_table
        columns = ", ".join(field.column for field in model._meta.fields)
        with self.refuses("there already"), connection.cursor() as cursor:
            cursor.execute(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1")

    def test_takes_a_reversal(self) -> None:
        self.sale()
        shares = [(self.bank, -10_000), (self.house, 1_500), (self.maker, 8_000), (self.heir, 500)]
        self.write("refund", [(account, "EUR", amount) for account, amount in shares])
        assert {ledger.balance(account.code, "EUR") for account, _ in shares} == {0}


class _Refusal:
    """The database refuses, says why, and keeps its rows as they were."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __enter__(self) -> None:
        self.before = _everything()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.savepoint.__exit__(kind, error, trace)
        assert isinstance(error, IntegrityError), f"the database took it ({error!r})"
        assert self.why in str(error)
        assert _everything() == self.before
        return True


def _everything() -> list[Any]:
    lines = Line.objects.order_by("id").values_list("id", "entry_id", "account_id", "amount_minor", "currency")
    return [*Entry.objects.order_by("id").values_list("id", "action", "posted"), *lines]


@pytest.mark.django_db
def test_a_sale_is_divided_between_the_house_and_the_maker(settings: Any) -> None:
    settings.COMMISSION_RATE_PERCENT = 15
    maker = uuid4()
    ledger.book_sale(action="a", currency="EUR", amount_minor=4_999, maker_id=maker)
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 4_999
    assert ledger.balance(ledger.PLATFORM_REVENUE, "EUR") == -750
    assert ledger.balance(ledger.payable(maker), "EUR") == -4_249


@pytest.mark.django_db
def test_a_second_call_gets_the_first_entry_and_books_nothing() -> None:
    first = ledger.post(action="a", kind="sale", currency="EUR", lines=[("x", 5), ("y", -5)])
    second = ledger.post(action="a", kind="sale", currency="EUR", lines=[("x", 9), ("y", -9)])
    assert second == first
    assert ledger.balance("x", "EUR") == 5


@pytest.mark.django_db
def test_what_does_not_balance_leaves_no_trace() -> None:
    with pytest.raises(IntegrityError, match="unbalanced"), transaction.atomic():
        ledger.post(action="a", kind="sale", currency="EUR", lines=[("x", 5), ("y", -4)])
    assert (Entry.objects.count(), Line.objects.count(), Account.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_balances_of_two_currencies_are_kept_apart() -> None:
    ledger.post(action="a", kind="sale", currency="EUR", lines=[("x", 5), ("y", -5)])
    ledger.post(action="b", kind="sale", currency="JPY", lines=[("x", 700), ("y", -700)])
    assert (ledger.balance("x", "EUR"), ledger.balance("x", "JPY"), ledger.balance("x", "USD")) == (5, 700, 0)


@pytest.mark.django_db
def test_giving_back_in_odd_parts_leaves_every_account_at_nothing() -> None:
    maker = uuid4()
    ledger.book_sale(action="a", currency="EUR", amount_minor=1_001, maker_id=maker)
    before = 0
    for number, part in enumerate([333, 1, 334, 333]):
        ledger.reverse(action=f"r{number}", receipt="a", amount_minor=part, before_minor=before)
        before += part
    for code in (ledger.STRIPE_BALANCE, ledger.PLATFORM_REVENUE, ledger.payable(maker)):
        assert ledger.balance(code, "EUR") == 0


@pytest.mark.django_db
def test_a_commission_is_earned_once_it_is_delivered_and_not_twice(settings: Any) -> None:
    settings.COMMISSION_RATE_PERCENT = 15
    commission, maker = uuid4(), uuid4()
    ledger.book_deposit(action="a", currency="EUR", amount_minor=6_000, commission_id=commission)
    ledger.book_deposit(action="b", currency="EUR", amount_minor=14_000, commission_id=commission)
    assert ledger.balance(ledger.deposit_held(commission), "EUR") == -20_000
    entries = {
        entry.pk
        for _ in range(2)
        if (entry := ledger.release_commission(commission_id=commission, maker_id=maker, currency="EUR"))
    }
    assert len(entries) == 1
    assert ledger.balance(ledger.deposit_held(commission), "EUR") == 0
    assert ledger.balance(ledger.payable(maker), "EUR") == -17_000
    assert ledger.balance(ledger.PLATFORM_REVENUE, "EUR") == -3_000


@pytest.mark.django_db
def test_nothing_is_released_of_nothing() -> None:
    assert ledger.release_commission(commission_id=uuid4(), maker_id=uuid4(), currency="EUR") is None
    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_a_deposit_refunded_after_delivery_is_taken_from_those_it_went_to(settings: Any) -> None:
    settings.COMMISSION_RATE_PERCENT = 15
    commission, maker = uuid4(), uuid4()
    ledger.book_deposit(action="a", currency="EUR", amount_minor=6_000, commission_id=commission)
    ledger.release_commission(commission_id=commission, maker_id=maker, currency="EUR")
    ledger.reverse(action="r", receipt="a", amount_minor=6_000, before_minor=0)
    assert ledger.balance(ledger.deposit_held(commission), "EUR") == 0
    assert ledger.balance(ledger.payable(maker), "EUR") == 0
    assert ledger.balance(ledger.PLATFORM_REVENUE, "EUR") == 0


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_shares_sum_to_the_amount_and_differ_from_the_exact_ones_by_less_than_one(
    amount: int, weights: list[int]
) -> None:
    shares = ledger.split(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_the_largest_remainder_gets_what_is_over() -> None:
    assert ledger.split(100, [1, 1, 1]) == [34, 33, 33]
    assert ledger.split(10, [3, 3, 4]) == [3, 3, 4]
    assert ledger.split(-7, [1, 1]) == [-4, -3]


@pytest.mark.parametrize("weights", [[0], [1, -1], [-1, 3]])
def test_weights_that_make_no_sense_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        ledger.split(100, weights)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_who_book_the_same_action_at_once_book_it_once() -> None:
    def book() -> Entry:
        return ledger.post(action="a", kind="sale", currency="EUR", lines=[("x", 5), ("y", -5)])

    results = race([book] * 8)
    assert {type(result) for result in results} == {Entry}
    assert len({result.pk for result in results if isinstance(result, Entry)}) == 1
    assert ledger.balance("x", "EUR") == 5
