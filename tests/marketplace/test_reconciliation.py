"""Reconciling finds each thing that does not agree, says so in words, and finds nothing where all does."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from licensing.models import Grant
from marketplace import orders, reconciliation, refunds
from marketplace.models import Artwork, Commission, Download, Draft, Edition, Entry, Order, Payment, Refund
from marketplace.payments import fees, ledger
from marketplace.reconciliation.rows import CHECKS
from tests import factories
from tests.marketplace.conftest import Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(till: Till) -> Order:
    """One order that is paid and fulfilled, with its licence."""
    order = till.sell(factories.artwork())
    orders.fulfil(order=order)
    grant(order)
    return order


def grant(order: Order, **changes: Any) -> Grant:
    line = order.lines.select_related("artwork__piece", "template").get()
    assert line.artwork is not None
    assert line.template is not None
    given: dict[str, Any] = {
        "piece": line.artwork.piece,
        "template": line.template,
        "terms": {},
        "terms_sha256": "0" * 64,
        "exclusive": False,
        "holder_email": order.email,
        "work_title": line.artwork.title,
        "source": f"order_line:{line.pk}",
    }
    return Grant.objects.create(**{**given, **changes})


def the_only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_where_all_agrees_nothing_is_found(sold: Order, till: Till) -> None:
    till.order(factories.artwork())
    till.pay_for(till.order(factories.artwork()))
    part = refunds.intend(payment=sold.payments.get(), action=f"{sold.pk}", amount_minor=900, reason="x")
    assert refunds.send_due() == 1
    part.refresh_from_db()
    assert reconciliation.in_our_rows() == []


def test_each_check_is_valid_and_has_a_name_of_its_own() -> None:
    assert reconciliation.in_our_rows() == []
    assert len({check.name for check in CHECKS}) == len(CHECKS)


BREAKAGES: dict[str, tuple[Callable[[Order], object], str]] = {
    "a receipt that is missing": (
        lambda order: Payment.objects.create(
            order=order,
            state="succeeded",
            amount_minor=700,
            currency="EUR",
            idempotency_key="x",
            intent_id="pi_x",
            succeeded_at=timezone.now(),
        ),
        "of 700 EUR was received but is booked 0 times",
    ),
    "a receipt without a payment": (
        lambda order: ledger.book_unowed(action=f"payment:{uuid4()}:receipt", currency="EUR", amount_minor=5),
        "but no such payment was received",
    ),
    "an entry that was never posted": (
        lambda order: Entry.objects.create(action="half", kind="sale"),
        "The ledger entry half was never posted.",
    ),
    "a counter of sold editions": (
        lambda order: Artwork.objects.update(sold=2),
        "counts 2 editions as sold, but 1 were",
    ),
    "a counter of held editions": (
        lambda order: Artwork.objects.update(held=1),
        "counts 1 editions as held, but 0 orders are waiting",
    ),
    "a licence that was revoked without a refund": (
        lambda order: Grant.objects.update(state="revoked", revoked_at=timezone.now()),
        "is fulfilled, but Artwork",
    ),
    "a payment in review": (
        lambda order: Payment.objects.create(
            order=order, state="review", amount_minor=5, currency="EUR", idempotency_key="x", problem="odd"
        ),
        "is in review: odd.",
    ),
    "a refund that succeeded unbooked": (
        lambda order: Refund.objects.create(
            payment=order.payments.get(), action="x", state="succeeded", amount_minor=5, currency="EUR", reason=""
        ),
        "of 5 EUR succeeded but is not booked",
    ),
    "refunds beyond the payment": (
        lambda order: Refund.objects.create(
            payment=order.payments.get(), action="x", amount_minor=4_901, currency="EUR", reason=""
        ),
        "over 4900, 4901 went back",
    ),
    "a download after the licence had ended": (
        lambda order: Download.objects.create(
            grant=grant(order, source="gift", state="revoked", revoked_at=timezone.now()), what="picture"
        ),
        "picture was downloaded under the licence",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_does_not_agree_is_found(sold: Order, name: str) -> None:
    assert reconciliation.in_our_rows() == []
    breakage, words = BREAKAGES[name]
    breakage(sold)
    assert words in the_only(reconciliation.in_our_rows())


def test_an_order_that_was_never_paid_is_found_with_all_that_hangs_on_it(sold: Order) -> None:
    Order.objects.update(state="expired")
    found = " ".join(reconciliation.in_our_rows())
    assert "is expired, but of what was paid for it 4900 EUR are here" in found
    assert "was sold to an order that is expired" in found
    assert "is live, but its order" in found


def test_a_sold_work_without_an_edition_is_found(sold: Order) -> None:
    Edition.objects.all().delete()
    Artwork.objects.update(sold=0)
    assert "is fulfilled but has no edition" in the_only(reconciliation.in_our_rows())


def test_money_held_for_a_delivered_commission_is_found() -> None:
    commission = factories.commission()
    piece = factories.piece(commission.maker.user)
    draft = Draft.objects.create(commission=commission, number=1, job=piece.slot.job, piece=piece)
    assert commission.template is not None
    licence = Grant.objects.create(
        piece=piece, template=commission.template, terms={}, terms_sha256="0" * 64, exclusive=True, source="c"
    )
    Commission.objects.update(state="delivered", accepted_draft=draft, grant=licence)
    assert reconciliation.in_our_rows() == []
    code = ledger.deposit_held(commission.pk)
    ledger.post(action="a", kind="mistake", currency="EUR", lines=[(ledger.STRIPE_BALANCE, 6_000), (code, -6_000)])
    assert the_only(reconciliation.in_our_rows()).endswith("is delivered, but 6000 EUR are still held for it.")


@pytest.fixture
def own_till(tmp_path: Any, settings: Any) -> Any:
    """A provider whose whole balance is this test's."""
    with Till(tmp_path) as till:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = till.base, till.key
        yield till


def test_the_ledger_is_held_against_the_provider_s_balance_in_both_directions(
    own_till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = own_till.sell(factories.artwork()), own_till.sell(factories.artwork())
    payment, other = first.payments.get(), second.payments.get()
    assert [sentence.split(" the provider kept ")[1] for sentence in reconciliation.at_the_provider()[:2]] == [
        "99, but 0 is booked as its fee."
    ] * 2
    for each in (payment, other):
        fees.book(payment_id=each.pk)
    refunds.intend(payment=payment, action=f"{payment.pk}", amount_minor=900, reason="x")
    refunds.send_due()
    assert reconciliation.at_the_provider() == []
    call_command("reconcile", grace=0)
    assert capsys.readouterr().out.startswith("Everything agrees")

    own_till.client().v1.refunds.create({"payment_intent": payment.intent_id or "", "amount": 100})
    unknown, total = reconciliation.at_the_provider()
    assert unknown.endswith("of -100 EUR went back, but no refund of ours says so.")
    assert total == "The provider's balance is 8602 EUR, ours 8702 EUR."
    with pytest.raises(SystemExit) as exit_code:
        call_command("reconcile", grace=0)
    assert exit_code.value.code == 1
    assert capsys.readouterr().out.splitlines() == [unknown, total, "2 differences."]

    Payment.objects.filter(pk=other.pk).update(intent_id="pi_of_nobody")
    found = " ".join(reconciliation.at_the_provider())
    assert "of 4900 EUR was received, but no payment of ours says so" in found
    assert f"Our payment {other.pk} over succeeded 4900 EUR is 0 times in the provider's balance" in found


def test_a_provider_that_does_not_answer_is_no_agreement(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="could not be asked"):
        call_command("reconcile")
