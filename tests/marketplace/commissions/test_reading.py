"""What the parties read: whose turn it is, the timeline and the money, and that nobody else reads anything."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from licensing.models import Review
from marketplace import commissions
from marketplace.commissions import Turn
from marketplace.models import Commission, Draft, Order
from tests import factories
from tests.marketplace.commissions import stages
from tests.marketplace.commissions.stages import Case

pytestmark = pytest.mark.django_db


def turn(case: Case) -> Turn:
    return commissions.whose_turn(Commission.objects.get(pk=case.commission.pk))


def money(case: Case) -> list[tuple[str, int, str, str]]:
    found = commissions.money(Commission.objects.get(pk=case.commission.pk))
    return [(one.purpose, one.amount_minor, one.currency, one.state) for one in found]


def test_only_the_two_parties_and_staff_with_the_right_see_a_commission() -> None:
    case, other = stages.quoted(), stages.quoted()
    for person in (case.commissioner, case.maker):
        assert list(commissions.visible_to(person)) == [case.commission]
    assert not commissions.visible_to(case.stranger).exists()
    assert not commissions.visible_to(AnonymousUser()).exists()
    assert not commissions.visible_to(factories.reviewer()).exists()
    trusted = factories.user(is_staff=True)
    trusted.user_permissions.add(Permission.objects.get(codename="view_commission"))
    assert set(commissions.visible_to(trusted)) == {case.commission, other.commission}


def test_a_brief_waits_for_the_maker_and_a_quote_for_the_commissioner() -> None:
    assert turn(stages.briefed()) == Turn("maker", "quote")
    assert turn(stages.quoted()) == Turn("commissioner", "accept_quote")


def test_a_sent_draft_waits_for_the_house_then_for_the_commissioner() -> None:
    case = stages.deposit_paid()
    assert turn(case) == Turn("maker", "start_draft")
    draft = case.start()
    assert turn(case) == Turn("maker", "send_draft")
    commissions.send_draft(draft=draft, piece=case.made(draft), by=case.maker)
    assert turn(case) == Turn("house", "review_draft")
    case.decide(draft)
    assert turn(case) == Turn("commissioner", "answer_draft")
    commissions.request_revision(commission=case.commission, by=case.commissioner, notes=[commissions.Note("Calmer")])
    assert turn(case) == Turn("maker", "revise_draft")


def test_a_refused_draft_is_the_makers_turn() -> None:
    case = stages.drafted()
    case.decide(Draft.objects.get(), Review.State.REJECTED)
    assert turn(case) == Turn("maker", "replace_draft")


def test_an_accepted_draft_waits_for_the_balance() -> None:
    assert turn(stages.accepted()[0]) == Turn("commissioner", "pay_balance")


def test_an_end_is_nobodys_turn() -> None:
    case = stages.quoted()
    commissions.decline(commission=case.commission, by=case.maker)
    assert turn(case) == Turn("nobody", "declined")


def test_the_timeline_names_every_step_who_took_it_and_why() -> None:
    case = stages.deposit_paid()
    commissions.cancel(commission=case.commission, by=case.maker, reason="A broken wrist.")
    steps = [(one.action, one.role, one.by, one.reason) for one in commissions.timeline(case.commission)]
    deposit = Order.objects.get()
    assert steps == [
        ("quote_accepted", "commissioner", case.commissioner, ""),
        ("deposit_paid", "house", None, f"order {deposit.pk}"),
        ("cancelled", "maker", case.maker, "A broken wrist."),
    ]


def test_there_is_no_money_before_a_quote() -> None:
    assert money(stages.briefed()) == []


def test_the_money_follows_the_milestones() -> None:
    case = stages.quoted()
    assert money(case) == [("deposit", 6_000, "EUR", "due"), ("balance", 14_000, "EUR", "to_come")]
    case.pay(commissions.accept_quote(commission=case.commission, by=case.commissioner))
    assert money(case) == [("deposit", 6_000, "EUR", "held"), ("balance", 14_000, "EUR", "to_come")]
    draft = case.send()
    case.decide(draft)
    balance = commissions.accept_draft(commission=case.commission, by=case.commissioner)
    assert money(case) == [("deposit", 6_000, "EUR", "held"), ("balance", 14_000, "EUR", "due")]
    assert commissions.money(case.commission)[1].order == balance


def test_a_cancelled_deposit_is_on_its_way_back_until_it_is_there() -> None:
    case = stages.deposit_paid()
    commissions.cancel(commission=case.commission, by=case.commissioner)
    assert money(case) == [("deposit", 6_000, "EUR", "returning"), ("balance", 14_000, "EUR", "never")]
    Order.objects.update(state="refunded")
    assert money(case)[0] == ("deposit", 6_000, "EUR", "returned")
