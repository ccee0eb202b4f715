"""A maker's account: opened once, filled in on the provider's page, and known to us by looking again."""

from typing import Any

import pytest

from common import audit
from common.models import User
from marketplace import payouts, stripe_events
from marketplace.models import PayoutAccount, StripeEvent
from marketplace.payouts import accounts
from tests import factories
from tests.marketplace.conftest import Till
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(till: Till) -> User:
    return factories.maker().user


def of(person: User, till: Till) -> list[str]:
    """The accounts that the provider has for a maker."""
    every = till.client().v1.accounts.list({"limit": 100}).data
    return [each.id for each in every if each.metadata and each.metadata.to_dict().get("maker_id") == str(person.pk)]


def told(provider_id: str) -> None:
    """The provider tells us that the account has changed, and we act on it."""
    StripeEvent.objects.create(
        id=f"evt_{StripeEvent.objects.count()}", type="account.updated", object_type="account", object_id=provider_id
    )
    assert stripe_events.process_due() == 1


def test_an_account_is_opened_and_active_once_its_form_is_filled_in(till: Till, person: User) -> None:
    onboarding = accounts.begin(user=person, country="FR")
    account = PayoutAccount.objects.get()
    provider_id = account.provider_id or ""
    assert (account.country, account.active) == ("FR", False)
    assert of(person, till) == [provider_id]
    told(provider_id)
    account.refresh_from_db()
    assert (account.submitted, account.active, len(account.requirements)) == (False, False, 5)
    assert till.submit(onboarding.url, give="everything").headers["Location"].endswith("/earnings/?back=1")
    told(provider_id)
    account.refresh_from_db()
    assert (account.submitted, account.active, account.requirements) == (True, True, [])
    assert [line.action for line in audit.history(account)] == ["payout_account.open", "payout_account.change"]


def test_what_is_missing_is_kept_and_the_next_link_leads_back_to_the_same_account(till: Till, person: User) -> None:
    first = accounts.begin(user=person, country="DE")
    till.submit(first.url, give="no_proof")
    accounts.refresh_waiting()
    account = PayoutAccount.objects.get()
    assert (account.submitted, account.active) == (True, False)
    assert account.requirements == ["individual.verification.document"]
    assert account.disabled_reason == "requirements.past_due"
    again = accounts.begin(user=person, country="FR")
    assert again.url != first.url
    assert PayoutAccount.objects.get().provider_id == account.provider_id
    assert PayoutAccount.objects.get().country == "DE"


def test_a_lost_answer_opens_no_second_account(till: Till, person: User) -> None:
    till.chaos("lost_response", times=1)
    accounts.begin(user=person, country="DE")
    assert of(person, till) == [PayoutAccount.objects.get().provider_id]


def test_who_is_no_maker_gets_no_account(till: Till) -> None:
    with pytest.raises(accounts.NotAMaker):
        accounts.begin(user=factories.user(), country="DE")
    assert not PayoutAccount.objects.exists()


def test_an_account_that_is_not_ours_is_left_alone(till: Till) -> None:
    told("acct_of_somebody_else")
    assert not PayoutAccount.objects.exists()


def test_an_account_that_the_provider_closes_is_paid_no_more(till: Till, person: User, settings: Any) -> None:
    settings.PAYOUT_HOLD_DAYS = 0
    till.submit(accounts.begin(user=person, country="DE").url, give="everything")
    accounts.refresh_waiting()
    till.submit(accounts.begin(user=person, country="DE").url, give="no_proof")
    told(PayoutAccount.objects.get().provider_id or "")
    assert not PayoutAccount.objects.get().active
    till.sell(factories.artwork(by=person.profile))
    assert payouts.run() == []


def test_an_account_that_cannot_be_looked_at_holds_up_no_other(till: Till, person: User) -> None:
    PayoutAccount.objects.create(maker=factories.maker(), country="DE", provider_id="acct_of_nobody")
    till.submit(accounts.begin(user=person, country="DE").url, give="everything")
    accounts.refresh_waiting()
    assert PayoutAccount.objects.get(maker=person.pk).active
    assert not PayoutAccount.objects.filter(seen_at__isnull=True).exists()


def test_a_provider_that_does_not_answer_is_asked_again_at_the_next_sweep(person: User, settings: Any) -> None:
    PayoutAccount.objects.create(maker=person.profile, country="DE", provider_id="acct_1")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    accounts.refresh_waiting()
    assert PayoutAccount.objects.get().seen_at is None


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_once_open_one_account(till: Till) -> None:
    person = factories.maker().user
    found = race([lambda: accounts.begin(user=person, country="DE")] * 4)
    assert {type(each).__name__ for each in found} == {"Onboarding"}
    assert of(person, till) == [PayoutAccount.objects.get().provider_id]
