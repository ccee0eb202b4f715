"""A maker's page of money: what it says, where its button leads, and what comes back from there."""

from typing import Any

import pytest
from django.test import Client

from marketplace import payouts
from marketplace.models import PayoutAccount
from marketplace.payments import ledger
from tests import factories
from tests.marketplace.conftest import Till

pytestmark = pytest.mark.django_db
PAGE = "/earnings/"


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


def test_who_is_no_maker_is_told_so(client: Client) -> None:
    client.force_login(factories.user())
    assert "You are not a maker here yet." in client.get(PAGE).text
    refused = client.post(PAGE, {"country": "DE"})
    assert refused.status_code == 422
    assert not PayoutAccount.objects.exists()


def test_a_maker_opens_an_account_and_comes_back_to_find_it_open(client: Client, till: Till) -> None:
    person = factories.maker().user
    client.force_login(person)
    assert "Open my account" in client.get(PAGE).text
    onward = client.post(PAGE, {"country": "FR"})["Location"]
    assert onward.startswith(f"{till.base}/setup/e/")
    assert "Complete my details" in client.get(PAGE).text
    back = till.submit(onward, give="everything").headers["Location"]
    assert back.endswith(f"{PAGE}?back=1")
    assert "Payouts go there." in client.get(PAGE, {"back": "1"}).text
    assert PayoutAccount.objects.get().active
    assert client.post(PAGE)["Location"].startswith(f"{till.base}/setup/e/")


def test_a_country_that_is_none_is_said_beside_its_field(client: Client) -> None:
    client.force_login(factories.maker().user)
    refused = client.post(PAGE, {"country": "XX"})
    assert refused.status_code == 400
    assert "field__error" in refused.text


def test_a_provider_that_does_not_answer_breaks_no_page(client: Client, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    maker = factories.maker()
    client.force_login(maker.user)
    refused = client.post(PAGE, {"country": "DE"})
    assert refused.status_code == 503
    assert "does not answer" in refused.text
    PayoutAccount.objects.update(provider_id="acct_1")
    assert client.get(PAGE, {"back": "1"}).status_code == 200


def test_the_page_shows_what_is_coming_and_what_is_owed(client: Client, settings: Any) -> None:
    settings.COMMISSION_RATE_PERCENT, settings.PAYOUT_HOLD_DAYS = 15, 14
    maker = factories.maker()
    ledger.book_sale(action="new", currency="EUR", amount_minor=4_900, maker_id=maker.pk)
    debt = [(ledger.payable(maker.pk), 305), (ledger.STRIPE_BALANCE, -305)]
    ledger.post(action="debt", kind="refund", currency="EUR", lines=debt)
    client.force_login(maker.user)
    page = client.get(PAGE).text
    assert "€\N{NO-BREAK SPACE}41.65" in page
    assert "-€\N{NO-BREAK SPACE}3.05" in page
    assert payouts.run() == []
    assert "您的销售份额会先保留 14 天" in client.get(PAGE, headers={"Accept-Language": "zh-Hans"}).text
