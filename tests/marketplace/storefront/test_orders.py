"""From the work to the order: what is held, for whom, and who may look at it."""

import re

import pytest
from django.test import Client

from marketplace.models import Artwork, Order
from marketplace.storefront.views.artwork import find
from tests import factories

pytestmark = pytest.mark.django_db


def held(work: Artwork) -> int:
    return find(work.slug).held


@pytest.fixture
def buyer_client(client: Client) -> Client:
    client.force_login(factories.user("lena"))
    return client


def test_somebody_signed_in_is_led_from_the_work_to_an_order_that_holds_an_edition(buyer_client: Client) -> None:
    work = factories.artwork()
    answer = buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{order.pk}/")
    assert (order.email, order.total_minor, held(work)) == ("lena@example.org", 4900, 1)
    page = buyer_client.get(answer["Location"]).content.decode()
    assert "The text of the personal licence." in page
    assert "Pay €\u00a049" in page


def test_a_double_click_holds_one_edition(buyer_client: Client) -> None:
    work = factories.artwork()
    for _ in range(2):
        buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})
    assert (Order.objects.count(), held(work)) == (1, 1)


def test_a_guest_is_asked_for_an_address_and_holds_nothing_before(client: Client) -> None:
    work = factories.artwork()
    page = client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})
    assert page.status_code == 200
    assert "Where shall we send it?" in page.content.decode()
    for email in ("nobody", "x" * 243 + "@example.org"):
        wrong = client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal", "email": email})
        assert (wrong.status_code, held(work), Order.objects.count()) == (400, 0, 0)
        assert 'name="ticket"' in wrong.content.decode()


def test_a_guests_double_click_holds_one_edition_and_only_that_browser_finds_the_order(client: Client) -> None:
    work = factories.artwork()
    for _ in range(2):
        answer = client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal", "email": "guest@example.org"})
    assert held(work) == 1
    assert client.get(answer["Location"]).status_code == 200
    assert Client().get(answer["Location"]).status_code == 404


@pytest.mark.parametrize("edition_size", [1, 5])
def test_a_guests_form_sent_twice_before_any_cookie_came_back_is_one_order(edition_size: int) -> None:
    work = factories.artwork(edition_size=edition_size)
    address = f"/artworks/{work.slug}/buy/"
    page = Client().post(address, {"offer": "personal"}).content.decode()
    [ticket] = re.findall(r'name="ticket" value="([^"]+)"', page)
    typed = {"offer": "personal", "email": "guest@example.org", "ticket": ticket}
    browsers = [Client(), Client()]
    answers = [browser.post(address, typed) for browser in browsers]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (Order.objects.count(), held(work)) == (1, 1)
    assert [browser.get(answers[0]["Location"]).status_code for browser in browsers] == [200, 200]


def test_a_forged_ticket_opens_nobodys_order() -> None:
    work = factories.artwork()
    theirs = Client().post(f"/artworks/{work.slug}/buy/", {"offer": "personal", "email": "guest@example.org"})
    order = Order.objects.get()
    forged = {"offer": "personal", "email": "other@example.org", "ticket": f"{order.pk.hex}:forged"}
    mine = Client().post(f"/artworks/{work.slug}/buy/", forged)
    assert mine["Location"] != theirs["Location"]
    assert (Order.objects.count(), held(work)) == (2, 2)


def test_a_stranger_signed_in_finds_nothing_at_somebody_elses_order(buyer_client: Client) -> None:
    work = factories.artwork()
    address = buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})["Location"]
    stranger = Client()
    stranger.force_login(factories.user())
    for path, method in ((address, "get"), (f"{address}return/", "get"), (f"{address}pay/", "post")):
        assert getattr(stranger, method)(path).status_code == 404
    assert stranger.post(f"{address}cancel/").status_code == 404
    assert (Order.objects.get().state, held(work)) == ("awaiting_payment", 1)


def test_sold_out_is_said_on_the_works_page_and_nothing_is_ordered(buyer_client: Client) -> None:
    work = factories.artwork(edition_size=1, held=1)
    answer = buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})
    assert (answer.status_code, Order.objects.count()) == (409, 0)
    assert "You were not charged." in answer.content.decode()


def test_makers_are_told_that_the_work_is_their_own(client: Client) -> None:
    maker = factories.maker()
    client.force_login(maker.user)
    work = factories.artwork(maker)
    answer = client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})
    assert (answer.status_code, held(work)) == (422, 0)
    assert "This is your own work." in answer.content.decode()


def test_a_licence_that_is_not_offered_is_not_found(buyer_client: Client) -> None:
    work = factories.artwork()
    assert buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "exclusive"}).status_code == 404
    assert held(work) == 0


@pytest.mark.django_db(transaction=True)
def test_giving_it_back_returns_the_edition_to_the_wall(buyer_client: Client) -> None:
    work = factories.artwork()
    address = buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})["Location"]
    buyer_client.post(f"{address}cancel/")
    assert (Order.objects.get().state, held(work)) == ("cancelled", 0)
    assert "This order was cancelled. You were not charged." in buyer_client.get(address).content.decode()


def test_paying_needs_a_post(buyer_client: Client) -> None:
    work = factories.artwork()
    address = buyer_client.post(f"/artworks/{work.slug}/buy/", {"offer": "personal"})["Location"]
    assert buyer_client.get(f"{address}pay/").status_code == 405
