"""Deposit, balance and delivery: what money does to a commission, however often and in whatever order it comes."""

from typing import Any

import pytest
from django.conf import settings

from common import outbox, storage
from common.models import AuditLine, OutboxEvent
from licensing.licences import grants
from licensing.models import Grant, Review
from licensing.provenance import bundle as bundles
from licensing.provenance import keys, verify
from licensing.provenance.report import ExitCode
from licensing.rights import reviews
from marketplace import commissions, delivery, orders, refunds
from marketplace.commissions import Note
from marketplace.models import Commission, Delivery, Draft, Entry, Order, Refund
from marketplace.payments import ledger
from tests import factories
from tests.marketplace.commissions import stages
from tests.marketplace.commissions.stages import Case
from tests.marketplace.conftest import Till
from tests.racing import race

pytestmark = pytest.mark.django_db


def held(case: Case) -> int:
    return -ledger.balance(ledger.deposit_held(case.commission.pk), "EUR")


def delivered_once(case: Case) -> None:
    """Everything that a delivered commission leaves behind is there exactly once."""
    commission = Commission.objects.get(pk=case.commission.pk)
    assert (commission.state, commission.grant) == ("delivered", Grant.objects.get())
    assert Delivery.objects.count() == 1
    assert AuditLine.objects.filter(action="commission.delivered").count() == 1
    assert OutboxEvent.objects.filter(topic="commission.delivered").count() == 1
    assert Entry.objects.filter(kind="release").count() == 1
    assert held(case) == 0
    assert not Refund.objects.exists()


def test_a_paid_deposit_opens_the_work_and_is_held() -> None:
    case = stages.deposit_paid()
    assert case.commission.state == "deposit_paid"
    assert Order.objects.get().state == "fulfilled"
    assert held(case) == 6_000
    assert OutboxEvent.objects.filter(topic="commission.deposit_paid").count() == 1


def test_a_deposit_that_is_told_twice_counts_once() -> None:
    stages.deposit_paid()
    commissions.milestone_paid(Order.objects.get().pk)
    assert AuditLine.objects.filter(action="commission.deposit_paid").count() == 1
    assert not Refund.objects.exists()


def test_a_deposit_for_a_commission_that_was_called_off_goes_back() -> None:
    case = stages.quoted()
    order = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    commissions.cancel(commission=case.commission, by=case.commissioner)
    case.pay(order)
    commissions.milestone_paid(order.pk)
    assert Commission.objects.get().state == "cancelled"
    assert [refund.amount_minor for refund in Refund.objects.all()] == [6_000]


def test_the_balance_delivers_an_exclusive_licence_and_pays_the_maker() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    delivered_once(case)
    grant = Grant.objects.get()
    draft = Draft.objects.get()
    assert (grant.piece, grant.exclusive, grant.holder) == (draft.piece, True, case.commissioner)
    assert (grant.work_title, grant.source) == ("A picture for the hall", f"commission:{case.commission.pk}")
    assert ledger.balance(ledger.payable(case.commission.maker_id), "EUR") == -17_000
    assert ledger.balance(ledger.PLATFORM_REVENUE, "EUR") == -3_000


def test_the_commissioner_downloads_a_bundle_that_verifies_and_opens_what_it_was_made_from() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    link = delivery.link(grant=Grant.objects.get(), what="bundle", by=case.commissioner)
    with delivery.open(link).file as file:
        data = file.read()
    house = keys.ensure(settings.SIGNING_KEYS)
    trust = verify.Trust(anchors=house.root_pem, log_keys=(house.log_public,))
    assert verify.check(data, name="bundle.zip", trust=trust).exit_code == ExitCode.TRUSTED
    openings = bundles.unpack(data).openings
    assert openings is not None
    assert "Something calm." in openings.decode()


def test_the_brief_is_in_no_public_record() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    parts = bundles.unpack(storage.read("masters", Delivery.objects.get().bundle_name))
    for public in (parts.file, parts.record, parts.leaf, parts.certificate or b""):
        assert b"Something calm" not in public


def test_a_balance_that_is_told_again_delivers_nothing_more() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    commissions.milestone_paid(balance.pk)
    commissions.deliver(case.commission.pk)
    delivered_once(case)


@pytest.mark.parametrize(
    "step",
    [
        "marketplace.commissions.milestones.orders.fulfil",
        "marketplace.commissions.milestones.grants.grant",
        "marketplace.delivery.make_files",
        "marketplace.delivery.files.Delivery.objects.bulk_create",
        "marketplace.commissions.milestones.ledger.release_commission",
    ],
)
def test_a_delivery_killed_before_any_step_is_completed_by_the_next_run(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    case, balance = stages.accepted()
    stages.receive(balance)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            commissions.milestone_paid(balance.pk)
    assert Commission.objects.get().state in ("accepted", "paid")
    commissions.milestone_paid(balance.pk)
    delivered_once(case)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_at_once_one_counts() -> None:
    case, balance = stages.accepted()
    stages.receive(balance)
    assert race([lambda: commissions.milestone_paid(balance.pk)] * 2) == [None, None]
    delivered_once(case)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_accept_orders_one_deposit() -> None:
    case = stages.quoted()

    def click() -> Order:
        commission = Commission.objects.get(pk=case.commission.pk)
        return commissions.accept_quote(commission=commission, by=case.commissioner)

    assert len({getattr(order, "pk", order) for order in race([click] * 4)}) == 1
    assert Order.objects.count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_cancelling_and_starting_at_once_only_one_happens() -> None:
    case = stages.deposit_paid()

    def fresh() -> Case:
        commission = Commission.objects.get(pk=case.commission.pk)
        return Case(commission, case.commissioner, case.maker, case.stranger, case.checkpoint)

    race([lambda: fresh().start(), lambda: commissions.cancel(commission=fresh().commission, by=case.commissioner)])
    commission = Commission.objects.get()
    cancelled = commission.state == "cancelled"
    assert cancelled or commission.state == "in_progress"
    assert Draft.objects.count() == (0 if cancelled else 1)
    assert Refund.objects.count() == (1 if cancelled else 0)


def test_what_lost_its_approval_after_the_balance_gives_everything_back() -> None:
    case, balance = stages.accepted()
    reviews.withdraw(review=Review.objects.get(), reviewer=factories.reviewer(), reason="A claim was upheld.")
    case.pay(balance)
    commissions.milestone_paid(balance.pk)
    assert Commission.objects.get().state == "cancelled"
    assert not Grant.objects.exists()
    assert sorted(refund.amount_minor for refund in Refund.objects.all()) == [6_000, 14_000]
    assert AuditLine.objects.get(action="commission.cancelled").role == "house"


def test_a_piece_that_somebody_else_holds_is_not_delivered() -> None:
    case, balance = stages.accepted()
    draft, other = Draft.objects.get(), factories.user()
    assert draft.piece is not None
    grants.grant(
        piece=draft.piece,
        template=factories.template("personal"),
        holder=other,
        holder_email=other.email,
        work_title="Elsewhere",
        edition_number=None,
        edition_size=None,
        source="test",
    )
    case.pay(balance)
    assert Commission.objects.get().state == "cancelled"
    assert Grant.objects.get().holder == other
    assert Refund.objects.count() == 2


def test_a_refunded_balance_ends_the_licence() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    commissions.milestone_refunded(balance.pk)
    commissions.milestone_refunded(balance.pk)
    assert Grant.objects.get().state == "revoked"
    assert Commission.objects.get().state == "cancelled"
    assert AuditLine.objects.filter(action="grant.revoked").count() == 1


def test_a_deposit_that_staff_give_back_calls_the_work_off() -> None:
    for case in (stages.deposit_paid(), stages.drafted(), stages.accepted()[0]):
        deposit = Order.objects.get(lines__commission=case.commission, purpose="deposit")
        commissions.milestone_refunded(deposit.pk)
        assert Commission.objects.get(pk=case.commission.pk).state == "cancelled"
        line = AuditLine.objects.filter(subject_id=str(case.commission.pk)).latest("at")
        assert (line.action, line.role, line.reason) == (
            "commission.cancelled",
            "house",
            "The deposit was refunded.",
        )


def test_a_deposit_given_back_after_delivery_leaves_the_licence() -> None:
    case, balance = stages.accepted()
    case.pay(balance)
    commissions.milestone_refunded(Order.objects.get(purpose="deposit").pk)
    delivered_once(case)
    assert Grant.objects.get().state == "live"


def test_a_commission_from_brief_to_delivery_with_real_payments(till: Till) -> None:
    case = stages.briefed()
    template = factories.template("exclusive")
    commissions.quote(
        commission=case.commission,
        by=case.maker,
        price_minor=200_000,
        deposit_minor=60_000,
        revisions=1,
        template=template,
    )
    deposit = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    orders.settle(payment_id=till.pay_for(deposit).pk)
    outbox.deliver_due()
    case.commission.refresh_from_db()
    case.send("A first idea.")
    commissions.request_revision(commission=case.commission, by=case.commissioner, notes=[Note("Calmer", 500, 500)])
    second = case.send("Calmer.")
    case.decide(second)
    balance = commissions.accept_draft(commission=case.commission, by=case.commissioner)
    assert balance.total_minor == 140_000
    orders.settle(payment_id=till.pay_for(balance).pk)
    outbox.deliver_due()
    delivered_once(case)
    assert [step.action for step in commissions.timeline(case.commission)] == [
        "quoted",
        "quote_accepted",
        "deposit_paid",
        "draft_started",
        "drafted",
        "revision_requested",
        "draft_started",
        "drafted",
        "accepted",
        "paid",
        "delivered",
    ]
    states = [(one.state, one.amount_minor) for one in commissions.money(Commission.objects.get())]
    assert states == [("released", 60_000), ("released", 140_000)]
    assert ledger.balance(ledger.payable(case.commission.maker_id), "EUR") == -170_000


def test_of_a_commission_that_was_called_off_the_payment_page_is_closed(till: Till) -> None:
    case = stages.quoted()
    order = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    payment = orders.start_payment(order=order)
    commissions.decline(commission=case.commission, by=case.maker)
    outbox.deliver_due()
    assert till.pay(payment.session_url).status_code >= 400
    assert Order.objects.get(pk=order.pk).state == "cancelled"
    assert held(case) == 0


def test_a_cancelled_deposit_really_goes_back(till: Till) -> None:
    case = stages.quoted()
    order = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    orders.settle(payment_id=till.pay_for(order).pk)
    outbox.deliver_due()
    case.commission.refresh_from_db()
    commissions.cancel(commission=case.commission, by=case.commissioner)
    refunds.send_due()
    outbox.deliver_due()
    assert Order.objects.get(pk=order.pk).state == "refunded"
    assert held(case) == 0
    assert commissions.money(Commission.objects.get())[0].state == "returned"
