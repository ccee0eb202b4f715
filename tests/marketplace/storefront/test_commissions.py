"""A commission's page: each side sees its own next step, strangers see nothing, refusals are said on the page."""

import pytest
from django.test import Client

from marketplace.models import Commission, Order
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quoted() -> Commission:
    factories.template("exclusive")
    return factories.commission()


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_a_brief_is_sent_to_a_maker_who_takes_commissions(client: Client) -> None:
    lena, mei = factories.user(), factories.maker(takes_commissions=True)
    client.force_login(lena)
    answer = client.post("/commissions/", {"maker": mei.pk, "title": "Night lobby", "brief": "Quiet ridges."})
    commission = Commission.objects.get()
    assert answer["Location"] == f"/commissions/{commission.pk}/"
    assert (commission.commissioner, commission.brief, commission.state) == (lena, "Quiet ridges.", "briefed")


def test_a_brief_without_words_comes_back_with_what_is_missing(client: Client) -> None:
    mei = factories.maker(takes_commissions=True)
    client.force_login(factories.user())
    answer = client.post("/commissions/", {"maker": mei.pk, "title": "Night lobby", "brief": ""})
    assert (answer.status_code, Commission.objects.count()) == (400, 0)
    assert answer.context["form"].errors.keys() == {"brief"}


def test_each_side_is_told_whose_turn_it_is(quoted: Commission) -> None:
    lena, mei = signed_in(quoted.commissioner), signed_in(quoted.maker.user)
    address = f"/commissions/{quoted.pk}/"
    assert lena.get(address).context["my_turn"] is True
    assert mei.get(address).context["my_turn"] is False
    assert "Accept and pay €\u00a060" in lena.get(address).content.decode()
    assert "Accept and pay" not in mei.get(address).content.decode()


def test_a_stranger_finds_no_commission_and_cannot_take_a_step(quoted: Commission) -> None:
    stranger = signed_in(factories.user())
    assert stranger.get(f"/commissions/{quoted.pk}/").status_code == 404
    assert stranger.post(f"/commissions/{quoted.pk}/accept-quote/").status_code == 404
    assert Order.objects.count() == 0


def test_accepting_the_quote_leads_to_the_deposit(quoted: Commission) -> None:
    answer = signed_in(quoted.commissioner).post(f"/commissions/{quoted.pk}/accept-quote/")
    order = Order.objects.get()
    assert answer["Location"] == f"/orders/{order.pk}/"
    assert (order.purpose, order.total_minor) == ("deposit", 6000)


def test_a_step_of_the_other_side_is_refused_on_the_page_and_nothing_changes(quoted: Commission) -> None:
    answer = signed_in(quoted.maker.user).post(f"/commissions/{quoted.pk}/accept-quote/")
    quoted.refresh_from_db()
    assert (answer.status_code, quoted.state, Order.objects.count()) == (403, "quoted", 0)
    assert "This step belongs to the other side." in answer.content.decode()


def test_a_quote_is_given_in_whole_money_and_kept_in_minor_units() -> None:
    licence = factories.template("exclusive")
    factories.template("buy-out", version=2, exclusive=True)
    commission = factories.commission(state="briefed", template=None, price_minor=None, deposit_minor=None, currency="")
    maker = signed_in(commission.maker.user)
    given = {"quote-price": "2000.50", "quote-deposit": "600", "quote-revisions": "3", "quote-note": "Gladly."}
    assert maker.post(f"/commissions/{commission.pk}/quote/", given).status_code == 302
    commission.refresh_from_db()
    assert (commission.state, commission.price_minor, commission.deposit_minor) == ("quoted", 200_050, 60_000)
    assert commission.revisions_included == 3
    assert commission.template == licence


def test_a_quote_that_makes_no_sense_comes_back_with_what_was_typed() -> None:
    factories.template("exclusive")
    commission = factories.commission(state="briefed", template=None, price_minor=None, deposit_minor=None, currency="")
    given = {"quote-price": "much", "quote-deposit": "600", "quote-revisions": "3"}
    answer = signed_in(commission.maker.user).post(f"/commissions/{commission.pk}/quote/", given)
    commission.refresh_from_db()
    assert (answer.status_code, commission.state) == (400, "briefed")
    assert answer.context["forms"]["quote"].errors.keys() == {"price"}


def test_a_step_that_does_not_exist_is_not_found(quoted: Commission) -> None:
    assert signed_in(quoted.commissioner).post(f"/commissions/{quoted.pk}/marry/").status_code == 404
