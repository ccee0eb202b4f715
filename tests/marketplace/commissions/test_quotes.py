"""From a brief to the start of work: who may do what, and what a refusal leaves untouched."""

from typing import Any

import pytest

from common.errors import BadRequest, InvalidTransition, PermissionRefused, Unprocessable
from common.models import AuditLine, OutboxEvent
from marketplace import commissions
from marketplace.commissions.quotes import NotQuoted, NotTakingCommissions, WorkHasStarted
from marketplace.models import Commission, Order, Refund
from tests import factories
from tests.marketplace.commissions import stages
from tests.marketplace.commissions.stages import Case, refused

pytestmark = pytest.mark.django_db


def quote(case: Case, **other: Any) -> None:
    given: dict[str, Any] = {"by": case.maker, "price_minor": 50_000, "deposit_minor": 10_000, "revisions": 2}
    commissions.quote(commission=case.commission, **{**given, "template": factories.template("exclusive"), **other})


def test_a_brief_is_written_and_announced() -> None:
    maker, commissioner = factories.maker(takes_commissions=True), factories.user()
    made = commissions.brief(commissioner=commissioner, maker=maker, title=" Hall ", brief=" Something calm. ")
    stored = Commission.objects.get(pk=made.pk)
    assert (stored.title, stored.brief, stored.state) == ("Hall", "Something calm.", "briefed")
    line = AuditLine.objects.get(action="commission.briefed")
    assert (line.actor, line.role, line.after) == (commissioner, "commissioner", "briefed")
    assert OutboxEvent.objects.get(topic="commission.briefed").payload == {"commission_id": str(made.pk)}


def test_the_brief_is_in_no_event_and_no_audit_line() -> None:
    maker = factories.maker(takes_commissions=True)
    commissions.brief(commissioner=factories.user(), maker=maker, title="Hall", brief="secret words")
    assert not [event for event in OutboxEvent.objects.all() if "secret" in str(event.payload)]
    assert not AuditLine.objects.filter(reason__contains="secret").exists()


@pytest.mark.parametrize(("title", "brief"), [("", "calm"), ("x" * 121, "calm"), ("Hall", " "), ("Hall", "x" * 5001)])
def test_a_brief_without_bounds_is_refused(title: str, brief: str) -> None:
    maker, commissioner = factories.maker(takes_commissions=True), factories.user()
    refused(BadRequest, lambda: commissions.brief(commissioner=commissioner, maker=maker, title=title, brief=brief))


def test_nobody_commissions_from_themselves_or_from_a_maker_who_takes_none() -> None:
    busy, open_maker = factories.maker(), factories.maker(takes_commissions=True)
    words = {"title": "Hall", "brief": "Calm."}
    commissioner = factories.user()
    refused(NotTakingCommissions, lambda: commissions.brief(commissioner=commissioner, maker=busy, **words))
    refused(Unprocessable, lambda: commissions.brief(commissioner=open_maker.user, maker=open_maker, **words))


def test_a_quote_freezes_price_deposit_licence_and_revisions(settings: Any) -> None:
    settings.CURRENCY = "EUR"
    case = stages.briefed()
    quote(case, note=" Two weeks. ")
    stored = Commission.objects.get(pk=case.commission.pk)
    assert (stored.state, stored.price_minor, stored.deposit_minor) == ("quoted", 50_000, 10_000)
    assert (stored.currency, stored.revisions_included, stored.quote_note) == ("EUR", 2, "Two weeks.")
    assert stored.template == factories.template("exclusive")
    line = AuditLine.objects.get(action="commission.quoted")
    assert (line.actor, line.before, line.after) == (case.maker, "briefed", "quoted")


def test_only_the_maker_quotes_and_declines() -> None:
    case = stages.briefed()
    for person in (case.commissioner, case.stranger, factories.reviewer()):
        refused(PermissionRefused, lambda person=person: quote(case, by=person))  # type: ignore[misc]
        refused(PermissionRefused, lambda person=person: commissions.decline(commission=case.commission, by=person))  # type: ignore[misc]


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_minor": 49},
        {"price_minor": 100_000_000},
        {"deposit_minor": 0},
        {"deposit_minor": 49},
        {"deposit_minor": 50_000},
        {"deposit_minor": 49_951},
        {"revisions": -1},
        {"revisions": 21},
    ],
)
def test_a_quote_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    case = stages.briefed()
    refused(BadRequest, lambda: quote(case, **wrong))


def test_a_commission_is_quoted_under_an_exclusive_licence_only() -> None:
    case, personal = stages.briefed(), factories.template("personal")
    refused(Unprocessable, lambda: quote(case, template=personal))


def test_a_quote_is_given_once() -> None:
    case = stages.quoted()
    refused(InvalidTransition, lambda: quote(case))


def test_a_declined_brief_goes_no_further() -> None:
    case = stages.briefed()
    commissions.decline(commission=case.commission, by=case.maker, reason="Fully booked.")
    assert AuditLine.objects.get(action="commission.declined").reason == "Fully booked."
    refused(InvalidTransition, lambda: quote(case))
    refused(InvalidTransition, lambda: commissions.cancel(commission=case.commission, by=case.commissioner))


def test_accepting_a_quote_orders_the_deposit_once() -> None:
    case = stages.quoted()
    first = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    again = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    assert again.pk == first.pk
    assert Order.objects.count() == 1
    assert (first.purpose, first.total_minor, first.currency) == ("deposit", 6_000, "EUR")
    assert (first.buyer, first.lines.get().commission) == (case.commissioner, case.commission)
    assert first.lines.get().description == "Deposit: A picture for the hall"
    assert AuditLine.objects.filter(action="commission.quote_accepted").count() == 1
    assert Commission.objects.get().state == "quoted"


def test_only_the_commissioner_accepts_and_only_a_quote() -> None:
    case, early = stages.quoted(), stages.briefed()
    for person in (case.maker, case.stranger):
        refused(
            PermissionRefused,
            lambda person=person: commissions.accept_quote(commission=case.commission, by=person),  # type: ignore[misc]
        )
    refused(NotQuoted, lambda: commissions.accept_quote(commission=early.commission, by=early.commissioner))


@pytest.mark.parametrize("party", ["commissioner", "maker"])
def test_a_cancelled_commission_gives_the_whole_deposit_back(party: str) -> None:
    case = stages.deposit_paid()
    commissions.cancel(commission=case.commission, by=getattr(case, party), reason="Plans changed.")
    assert Commission.objects.get().state == "cancelled"
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.currency, refund.state) == (6_000, "EUR", "intended")
    assert refund.payment.order.purpose == "deposit"
    line = AuditLine.objects.get(action="commission.cancelled")
    assert (line.role, line.reason) == (party, "Plans changed.")


def test_before_a_deposit_nothing_goes_back() -> None:
    case = stages.quoted()
    commissions.cancel(commission=case.commission, by=case.commissioner)
    assert Commission.objects.get().state == "cancelled"
    assert not Refund.objects.exists()


def test_a_stranger_cannot_cancel() -> None:
    case = stages.deposit_paid()
    refused(PermissionRefused, lambda: commissions.cancel(commission=case.commission, by=case.stranger))


def test_once_work_has_started_nobody_cancels() -> None:
    started = stages.deposit_paid()
    started.start()
    for case in (started, stages.drafted(), stages.accepted()[0]):
        for party in (case.commissioner, case.maker):
            refusal = refused(
                WorkHasStarted,
                lambda case=case, party=party: commissions.cancel(commission=case.commission, by=party),  # type: ignore[misc]
            )
            assert refusal.code == "work_has_started"


def test_of_a_cancelled_commission_no_page_stays_open_to_pay_on() -> None:
    case = stages.quoted()
    order = commissions.accept_quote(commission=case.commission, by=case.commissioner)
    commissions.cancel(commission=case.commission, by=case.commissioner)
    commissions.close_orders(case.commission.pk)
    commissions.close_orders(case.commission.pk)
    assert Order.objects.get(pk=order.pk).state == "cancelled"
