"""A maker is paid what is available, once, whatever is lost on the way to the provider, however often it is run."""

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from common import audit
from marketplace import payouts
from marketplace.models import PayoutAccount, Profile, Transfer
from marketplace.payments import connect, ledger, wire
from marketplace.payouts import books, transfers
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.payouts.conftest import with_account
from tests.racing import race

pytestmark = pytest.mark.django_db
SHARE = 4_165


def sell(till: Till, maker: Profile, times: int = 1) -> None:
    """Each sale over 49.00 EUR, of which 41.65 are the maker's, available at once."""
    for _ in range(times):
        till.sell(factories.artwork(by=maker))
    till.settle()


def at_the_provider(till: Till) -> list[stripe.Transfer]:
    return till.client().v1.transfers.list({"limit": 100}).data


def make_due() -> None:
    Transfer.objects.update(due_at=timezone.now())


def test_what_is_available_is_set_aside_and_sent(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker, 2)
    (transfer,) = payouts.run()
    assert (transfer.state, transfer.amount_minor, at_the_provider(own_till)) == ("intended", 2 * SHARE, [])
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 2 * SHARE)]
    assert payouts.send_due() == 1
    transfer.refresh_from_db()
    (theirs,) = at_the_provider(own_till)
    account = PayoutAccount.objects.get()
    assert (theirs.amount, theirs.currency, theirs.destination) == (2 * SHARE, "eur", account.provider_id)
    assert (transfer.state, transfer.provider_id) == ("succeeded", theirs.id)
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 2 * (4_900 - SHARE)
    assert [line.action for line in audit.history(transfer)] == ["payout.intend", "payout.succeed"]


def test_the_command_pays_once_however_often_it_runs(
    own_till: Till, maker: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    sell(own_till, maker)
    for _ in range(3):
        call_command("payouts")
    assert capsys.readouterr().out.splitlines() == [
        f"{maker.pk}: {SHARE} EUR set aside.",
        *["1 sent.", "0 sent.", "0 sent."],
    ]
    assert len(at_the_provider(own_till)) == 1
    sell(own_till, maker)
    call_command("payouts")
    assert [theirs.amount for theirs in at_the_provider(own_till)] == [SHARE, SHARE]


def test_what_is_held_or_too_little_is_not_paid(own_till: Till, maker: Profile, settings: Any) -> None:
    settings.PAYOUT_HOLD_DAYS = 14
    sell(own_till, maker)
    assert payouts.run() == []
    settings.PAYOUT_HOLD_DAYS, settings.PAYOUT_MINIMUM_MINOR = 0, SHARE + 1
    sell(own_till, maker)
    assert payouts.run() == []
    settings.PAYOUT_MINIMUM_MINOR = SHARE
    assert [transfer.amount_minor for transfer in payouts.run()] == [SHARE]


def test_a_debt_is_netted_before_anything_is_paid(own_till: Till, maker: Profile) -> None:
    debt = [(ledger.payable(maker.pk), 5_000), (ledger.STRIPE_BALANCE, -5_000)]
    ledger.post(action="debt", kind="refund", currency="EUR", lines=debt)
    sell(own_till, maker)
    assert payouts.run() == []
    sell(own_till, maker)
    assert [transfer.amount_minor for transfer in payouts.run()] == [2 * SHARE - 5_000]


def test_who_has_no_active_account_is_not_paid(own_till: Till) -> None:
    sell(own_till, factories.maker())
    sell(own_till, with_account(own_till, give="no_proof"))
    assert payouts.run() == []
    assert not Transfer.objects.exists()


def test_a_lost_answer_does_not_pay_twice(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    payouts.run()
    own_till.chaos("lost_response", times=3)
    assert payouts.send_due() == 0
    assert Transfer.objects.get().state == "sent"
    assert payouts.run() == []
    make_due()
    assert payouts.send_due() == 1
    assert len(at_the_provider(own_till)) == 1


def test_a_late_repeat_finds_the_transfer_although_its_key_is_forgotten(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    (transfer,) = payouts.run()
    theirs = connect.transfer(
        account_id=transfer.destination,
        amount_minor=SHARE,
        currency="EUR",
        action_id=transfer.action,
        idempotency_key="forgotten by the provider",
    )
    Transfer.objects.update(state="sent", attempts=1)
    assert payouts.send_due() == 1
    assert Transfer.objects.get().provider_id == theirs.id
    assert len(at_the_provider(own_till)) == 1


def test_a_refused_transfer_is_payable_again_and_the_next_run_tries_anew(own_till: Till, maker: Profile) -> None:
    own_till.sell(factories.artwork(by=maker))  # pending at the provider: there is nothing to transfer yet
    (transfer,) = payouts.run()
    assert payouts.send_due() == 0
    transfer.refresh_from_db()
    assert transfer.state == "failed"
    assert "balance_insufficient" in transfer.problem
    assert "balance_insufficient" in audit.history(transfer)[-1].reason
    assert books.owed_to(maker.pk) == [("EUR", SHARE, 0, 0)]
    own_till.settle()
    (again,) = payouts.run()
    assert again.action.endswith(":2")
    assert payouts.send_due() == 1


def test_a_look_that_is_refused_does_not_fail_a_transfer_that_may_have_arrived(
    own_till: Till, maker: Profile, settings: Any
) -> None:
    sell(own_till, maker)
    payouts.run()
    own_till.chaos("lost_response", times=3)
    payouts.send_due()
    make_due()
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_of_another_house"
    assert payouts.send_due() == 0
    assert Transfer.objects.get().state == "sent"
    settings.STRIPE_SECRET_KEY = key
    make_due()
    assert payouts.send_due() == 1
    assert len(at_the_provider(own_till)) == 1


def test_money_that_moved_otherwise_than_meant_stays_unbooked(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    (transfer,) = payouts.run()
    connect.transfer(
        account_id=transfer.destination,
        amount_minor=1,
        currency="EUR",
        action_id=transfer.action,
        idempotency_key="another",
    )
    Transfer.objects.update(state="sent", attempts=1)
    assert payouts.send_due() == 0
    transfer.refresh_from_db()
    assert (transfer.state, transfer.problem[:34]) == ("sent", "The provider moved something else:")
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, SHARE)]


def test_the_database_keeps_one_transfer_at_a_time(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    payouts.run()
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(maker=maker, action="x", amount_minor=1, currency="EUR", destination="acct_1")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_pay_once(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    assert sorted(len(_made(result)) for result in race([payouts.run] * 8)) == [0] * 7 + [1]
    assert ledger.balance(books.sending(maker.pk), "EUR") == -SHARE
    assert sorted(str(result) for result in race([payouts.send_due] * 8)) == ["0"] * 7 + ["1"]
    assert [theirs.amount for theirs in at_the_provider(own_till)] == [SHARE]
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_run_that_stalls_pays_nothing_again(own_till: Till, maker: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _paid_beside_a_stalled_run(own_till, maker, monkeypatch) == [SHARE]
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_run_that_stalls_pays_again(
    own_till: Till, maker: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: on PostgreSQL the race is real. SQLite has one writer at a time, lock or no lock."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL lets two runs look at once")
    monkeypatch.setattr(transfers, "_lock", lambda maker_id: PayoutAccount.objects.get(pk=maker_id))
    assert _paid_beside_a_stalled_run(own_till, maker, monkeypatch) == [SHARE, SHARE]


def _paid_beside_a_stalled_run(till: Till, maker: Profile, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What arrives if one run stands still between looking and writing, while another does all of its work."""
    till.sell(factories.artwork())  # somebody else's money, with which one could be paid twice
    sell(till, maker)
    looking, done, look = threading.Lock(), threading.Event(), transfers._available

    def stalling(*asked: Any) -> int:
        found = look(*asked)
        if looking.acquire(blocking=False):
            done.wait(2)
        return found

    def run_and_send() -> None:
        payouts.run()
        payouts.send_due()
        done.set()

    monkeypatch.setattr(transfers, "_available", stalling)
    assert race([run_and_send] * 2) == [None, None]
    return [theirs.amount for theirs in at_the_provider(till)]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["marketplace_transfer", "marketplace_entry", "common_auditline"])
def test_killed_at_any_step_of_a_run_the_next_pays_once(own_till: Till, maker: Profile, step: str) -> None:
    sell(own_till, maker)
    _die_in_a_child(lambda: call_command("payouts"), at=step)
    make_due()
    call_command("payouts")
    make_due()
    call_command("payouts")
    assert [theirs.amount for theirs in at_the_provider(own_till)] == [SHARE]
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_after_the_money_left_it_is_booked_and_not_sent_again(own_till: Till, maker: Profile) -> None:
    sell(own_till, maker)
    payouts.run()
    _die_in_a_child(payouts.send_due, at="marketplace_entry")
    assert Transfer.objects.get().state == "sent"
    assert len(at_the_provider(own_till)) == 1
    make_due()
    assert payouts.send_due() == 1
    assert len(at_the_provider(own_till)) == 1
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == 4_900 - SHARE


def _die_in_a_child(work: Callable[[], Any], *, at: str) -> None:
    """Do the work in a process that is killed when it is about to insert into the table `at`."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            wire.client_for.cache_clear()
            with connection.execute_wrapper(_dying(at)):
                work()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


def _dying(table: str) -> Any:
    def die(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and f'"{table}"' in sql:
            os.kill(os.getpid(), 9)
        return execute(sql, *rest)

    return die


def _made(result: Any) -> list[Transfer]:
    assert isinstance(result, list), result
    return result
