"""Payouts are held against the books and the provider's balance; each thing that does not agree is found."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from marketplace import payouts, reconciliation, refunds
from marketplace.models import Payment, Profile, Reversal, Transfer
from marketplace.payments import fees, ledger
from marketplace.payouts import books
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.payouts.test_reversals import refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(own_till: Till, maker: Profile) -> Transfer:
    """A maker who was paid for three sales, of which one was refunded and taken back in part, and one afterwards."""
    first, *_ = (own_till.sell(factories.artwork(by=maker)) for _ in range(3))
    own_till.settle()
    payouts.run()
    payouts.send_due()
    payouts.recover(entry=refund(first, 2_000))
    payouts.send_due()
    for payment in Payment.objects.all():
        fees.book(payment_id=payment.pk)
    return Transfer.objects.get()


def test_where_all_agrees_nothing_is_found(paid: Transfer, capsys: pytest.CaptureFixture[str]) -> None:
    assert refunds.send_due() == 0
    assert Reversal.objects.get().state == "succeeded"
    assert reconciliation.differences() == []
    call_command("reconcile", grace=0)
    assert capsys.readouterr().out.startswith("Everything agrees")


def test_what_is_on_its_way_is_no_difference(own_till: Till, paid: Transfer) -> None:
    own_till.sell(factories.artwork(by=paid.maker))
    payouts.run()
    assert reconciliation.in_our_rows() == []


def test_a_transfer_that_we_did_not_make_is_found(own_till: Till, paid: Transfer) -> None:
    own_till.client().v1.transfers.create({"amount": 100, "currency": "eur", "destination": paid.destination})
    moved, total = reconciliation.at_the_provider()
    assert moved.endswith("of -100 EUR moved, but no payout of ours says so.")
    assert total.startswith("The provider's balance is ")


def test_a_transfer_that_the_provider_does_not_know_is_found(paid: Transfer) -> None:
    Transfer.objects.update(provider_id="tr_of_nobody")
    found = " ".join(reconciliation.at_the_provider())
    assert f"Our transfer {paid.pk} over succeeded 12495 EUR is 0 times in the provider's balance." in found
    assert "of -12495 EUR moved, but no payout of ours says so." in found


def _post(paid: Transfer, code: str) -> object:
    lines = [(code, -5), (ledger.STRIPE_BALANCE, 5)]
    return ledger.post(action="x", kind="mistake", currency="EUR", lines=lines)


BREAKAGES: dict[str, tuple[Callable[[Transfer], object], str]] = {
    "money set aside for nothing": (
        lambda paid: _post(paid, books.sending(paid.maker_id)),
        "5 EUR are set aside, but transfers over 0 are on their way.",
    ),
    "a transfer that was not set aside": (
        lambda paid: Transfer.objects.create(
            maker=paid.maker, action="x", amount_minor=7, currency="USD", destination="acct_1"
        ),
        "of 7 USD was set aside 0 times.",
    ),
    "a reversal that is not booked": (
        lambda paid: Reversal.objects.create(
            transfer=paid,
            action="x",
            amount_minor=7,
            currency="EUR",
            state="succeeded",
            provider_id="trr_x",
            succeeded_at=paid.succeeded_at,
        ),
        "of 7 EUR succeeded but is booked 0 times.",
    ),
    "reversals beyond the transfer": (
        lambda paid: Reversal.objects.create(transfer=paid, action="x", amount_minor=12_000, currency="EUR"),
        "over 12495, 13700 were taken back.",
    ),
    "a reversal that moved something else": (
        lambda paid: Reversal.objects.create(
            transfer=paid, action="x", amount_minor=5, currency="EUR", state="sent", problem="odd"
        ),
        "waits for a person: odd",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_does_not_agree_is_found(paid: Transfer, name: str) -> None:
    assert reconciliation.in_our_rows() == []
    breakage, words = BREAKAGES[name]
    breakage(paid)
    (found,) = reconciliation.in_our_rows()
    assert found.endswith(words)


def test_a_transfer_whose_end_is_not_booked_is_found(paid: Transfer) -> None:
    Transfer.objects.update(state="failed")
    assert "failed but was made payable again 0 times" in " ".join(reconciliation.in_our_rows())
    Transfer.objects.update(state="sent")
    assert "transfers over 12495 are on their way" in " ".join(reconciliation.in_our_rows())
