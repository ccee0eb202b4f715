"""A sale that is refunded after its maker was paid: taken back where it can be, else owed and netted."""

import pytest
import stripe
from django.utils import timezone

from common import audit, outbox
from marketplace import payouts, refunds
from marketplace.models import Order, Profile, Reversal, Transfer
from marketplace.payments import ledger
from marketplace.payouts import books
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.payouts.conftest import with_account
from tests.racing import race

pytestmark = pytest.mark.django_db
SHARE = 4_165


def pay_out(till: Till, maker: Profile, sales: int = 1) -> list[Order]:
    """Sell, and pay the maker's share of it all in one transfer."""
    sold = [till.sell(factories.artwork(by=maker)) for _ in range(sales)]
    till.settle()
    assert len(payouts.run()) == 1
    assert payouts.send_due() == 1
    return sold


def refund(order: Order, amount_minor: int = 4_900) -> str:
    """Give it back, and let everybody know: the action under which that is booked."""
    payment = order.payments.get()
    wanted = refunds.intend(payment=payment, action=f"{order.pk}:{amount_minor}", amount_minor=amount_minor, reason="x")
    assert refunds.send_due() == 1
    return refunds.booked_as(wanted.pk)


def at_the_provider(till: Till, transfer: Transfer) -> list[stripe.TransferReversal]:
    return till.client().v1.transfers.reversals.list(transfer.provider_id or "").data


def test_a_refund_after_the_payout_is_taken_back_from_the_maker(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    refund(order)
    assert books.owed_to(maker.pk) == [("EUR", -SHARE, 0, 0)]
    while outbox.deliver_due():
        pass
    reversal = Reversal.objects.get()
    (theirs,) = at_the_provider(own_till, reversal.transfer)
    assert (reversal.state, reversal.provider_id, theirs.amount) == ("succeeded", theirs.id, SHARE)
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]
    assert ledger.balance(ledger.STRIPE_BALANCE, "EUR") == -99  # the fee of the sale is all that is lost
    assert [line.action for line in audit.history(reversal)] == ["reversal.intend", "reversal.succeed"]


def test_the_same_refund_is_taken_back_once(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    entry = refund(order, 2_000)
    assert [reversal.amount_minor for reversal in payouts.recover(entry=entry)] == [1_700]
    assert payouts.recover(entry=entry) == []
    assert payouts.send_due() == 1
    assert payouts.recover(entry=entry) == []
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]


def test_what_was_paid_out_to_the_bank_stays_owed_and_is_netted(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    own_till.pay_out(Transfer.objects.get().destination)
    payouts.recover(entry=refund(order))
    assert payouts.send_due() == 0
    reversal = Reversal.objects.get()
    assert reversal.state == "failed"
    assert "balance_insufficient" in reversal.problem
    assert books.owed_to(maker.pk) == [("EUR", -SHARE, 0, 0)]
    for _ in range(2):
        own_till.sell(factories.artwork(by=maker))
    own_till.settle()
    assert [transfer.amount_minor for transfer in payouts.run()] == [SHARE]


def test_what_is_still_on_hold_covers_a_debt(own_till: Till, maker: Profile, settings: object) -> None:
    (order,) = pay_out(own_till, maker)
    settings.PAYOUT_HOLD_DAYS = 14  # type: ignore[attr-defined]
    own_till.sell(factories.artwork(by=maker))
    assert payouts.recover(entry=refund(order)) == []
    assert books.owed_to(maker.pk) == [("EUR", -SHARE, SHARE, 0)]


def test_a_refund_of_what_was_never_paid_out_takes_nothing_back(own_till: Till, maker: Profile) -> None:
    order = own_till.sell(factories.artwork(by=maker))
    assert payouts.recover(entry=refund(order)) == []
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]


def test_a_debt_is_spread_over_transfers_the_newest_first(own_till: Till, maker: Profile) -> None:
    older, newer = pay_out(own_till, maker) + pay_out(own_till, maker)
    refund(older)
    reversals = payouts.recover(entry=refund(newer))
    by_age = Transfer.objects.order_by("-succeeded_at").values_list("pk", flat=True)
    assert [reversal.transfer_id for reversal in reversals] == list(by_age)
    assert [reversal.amount_minor for reversal in reversals] == [SHARE, SHARE]
    assert payouts.send_due() == 2


def test_somebody_else_s_payout_is_left_alone(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    pay_out(own_till, with_account(own_till))
    payouts.recover(entry=refund(order))
    assert [reversal.transfer.maker_id for reversal in Reversal.objects.all()] == [maker.pk]


def test_a_lost_answer_takes_back_once(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    payouts.recover(entry=refund(order))
    own_till.chaos("lost_response", times=3)
    assert payouts.send_due() == 0
    Reversal.objects.update(due_at=timezone.now())
    assert payouts.send_due() == 1
    assert len(at_the_provider(own_till, Transfer.objects.get())) == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_who_recover_and_send_at_once_take_it_back_once(own_till: Till, maker: Profile) -> None:
    (order,) = pay_out(own_till, maker)
    entry = refund(order)
    found = race([lambda: payouts.recover(entry=entry)] * 8)
    assert sorted(len(each) if isinstance(each, list) else -1 for each in found) == [0] * 7 + [1]
    assert sorted(str(each) for each in race([payouts.send_due] * 8)) == ["0"] * 7 + ["1"]
    assert [theirs.amount for theirs in at_the_provider(own_till, Transfer.objects.get())] == [SHARE]
    assert books.owed_to(maker.pk) == [("EUR", 0, 0, 0)]
