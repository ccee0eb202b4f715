"""Buying over the API, against the real SDK and the payment sandbox."""

from typing import Any

import pytest

from marketplace.models import Artwork, Order, Payment
from tests import factories
from tests.api import client, refused
from tests.marketplace.conftest import Till

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/orders"


def _wish(work: Artwork, **other: Any) -> dict[str, Any]:
    return {"artwork": work.slug, "offer": str(factories.offer(work).pk), **other}


def _held(work: Artwork) -> int:
    return Artwork.objects.get(pk=work.pk).held


def test_an_order_holds_an_edition_and_sends_the_buyer_to_the_payment_page(till: Till) -> None:
    work, person = factories.artwork(), client(factories.user())
    response = person.post(ADDRESS, _wish(work))
    body = response.json()

    assert response.status_code == 201
    assert response["Location"] == f"{ADDRESS}/{body['id']}"
    assert (body["state"], body["total"]) == ("awaiting_payment", {"amount_minor": 4900, "currency": "EUR"})
    assert body["payment_url"] == Payment.objects.get().session_url
    assert body["payment_url"].startswith(till.base)
    (line,) = body["lines"]
    assert (line["artwork"], line["licence"], line["grant"], line["edition_number"]) == (
        work.slug,
        "personal",
        None,
        None,
    )
    assert body["token"] is None
    assert _held(work) == 1
    assert person.get(response["Location"]).json() == body


def test_a_double_click_holds_one_edition(till: Till) -> None:
    work, person = factories.artwork(), client(factories.user())
    first, again = (person.post(ADDRESS, _wish(work)).json() for _ in range(2))

    assert first == again
    assert (_held(work), Payment.objects.count()) == (1, 1)


def test_a_guest_buys_with_an_address_and_comes_back_with_a_token(till: Till) -> None:
    work = factories.artwork()
    response = client().post(ADDRESS, _wish(work, email="guest@example.org"))
    body = response.json()
    url = f"{ADDRESS}/{body['id']}"

    assert (response.status_code, body["email"]) == (201, "guest@example.org")
    assert client().get(url, {"token": body["token"]}).json() == body
    refused(client().get(url), 401, "not_authenticated")
    refused(client().get(url, {"token": body["token"] + "x"}), 403, "link_invalid")
    other = client().post(ADDRESS, _wish(work, email="guest@example.org")).json()
    refused(client().get(url, {"token": other["token"]}), 404, "not_found")


def test_two_guests_with_the_same_key_and_words_do_not_get_each_others_order(till: Till) -> None:
    work = factories.artwork()
    wish = _wish(work, email="guest@example.org")
    here = client().post(ADDRESS, wish, headers={"Idempotency-Key": "1"}, REMOTE_ADDR="192.0.2.1").json()
    again = client().post(ADDRESS, wish, headers={"Idempotency-Key": "1"}, REMOTE_ADDR="192.0.2.1").json()
    there = client().post(ADDRESS, wish, headers={"Idempotency-Key": "1"}, REMOTE_ADDR="192.0.2.2").json()

    assert here == again
    assert there["id"] != here["id"]
    assert _held(work) == 2


def test_the_payment_page_can_be_asked_for_again_and_the_order_cancelled(till: Till) -> None:
    work, person = factories.artwork(), client(factories.user())
    order = person.post(ADDRESS, _wish(work)).json()
    again = person.post(f"{ADDRESS}/{order['id']}/payment")
    cancelled = person.post(f"{ADDRESS}/{order['id']}/cancel")

    assert again.json()["payment_url"] == order["payment_url"]
    assert (cancelled.json()["state"], cancelled.json()["payment_url"]) == ("cancelled", None)
    assert _held(work) == 0
    refused(person.post(f"{ADDRESS}/{order['id']}/payment"), 409, "order_not_payable")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"artwork": "never"}, 404, "not_found"),
        ({"artwork": "a\u00e9"}, 400, "invalid"),
        ({"offer": "01a20aa7-e600-7499-8206-15d464efef40"}, 404, "offer_not_found"),
        ({"offer": [1]}, 400, "invalid"),
        ({"offer": None}, 400, "invalid"),
        ({"email": "nobody"}, 400, "invalid"),
        ({"email": "a" * 300 + "@example.org"}, 400, "invalid"),
        ({"email": None}, 400, "invalid"),
        ({"email": ""}, 400, "invalid"),
    ],
)
def test_what_cannot_be_ordered_is_refused_and_nothing_is_held(wrong: dict[str, Any], status: int, code: str) -> None:
    work = factories.artwork()
    refused(client().post(ADDRESS, _wish(work, **{"email": "a@example.org", **wrong})), status, code)

    assert (Order.objects.count(), _held(work)) == (0, 0)


def test_a_guest_without_an_address_is_asked_for_one() -> None:
    work = factories.artwork()
    body = refused(client().post(ADDRESS, _wish(work)), 400, "email_missing")

    assert list(body["errors"]) == ["email"]
    assert _held(work) == 0


def test_what_is_sold_out_or_ones_own_cannot_be_ordered() -> None:
    gone = factories.artwork(edition_size=1, sold=1)
    own = factories.artwork()

    refused(client(factories.user()).post(ADDRESS, _wish(gone)), 409, "sold_out")
    refused(client(own.maker.user).post(ADDRESS, _wish(own)), 422, "own_artwork")
    assert Order.objects.count() == 0


def test_other_peoples_orders_are_not_there(till: Till) -> None:
    work = factories.artwork()
    order = client(factories.user()).post(ADDRESS, _wish(work)).json()["id"]
    stranger = client(factories.user())

    for response in (
        stranger.get(f"{ADDRESS}/{order}"),
        stranger.post(f"{ADDRESS}/{order}/payment"),
        stranger.post(f"{ADDRESS}/{order}/cancel"),
        client(work.maker.user).get(f"{ADDRESS}/{order}"),
    ):
        refused(response, 404, "not_found")
    assert _held(work) == 1
    refused(client().get(ADDRESS), 401, "not_authenticated")


def test_my_orders_take_four_queries_however_many(till: Till, django_assert_num_queries: Any) -> None:
    buyer = factories.user()
    for _ in range(3):
        till.order(factories.artwork(), buyer=buyer)
    person = client(buyer)
    with django_assert_num_queries(4):  # session, person, orders, lines
        results = person.get(ADDRESS).json()["results"]

    assert len(results) == 3


def test_a_provider_that_does_not_answer_is_said_to_be_down(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    work = factories.artwork()

    refused(client(factories.user()).post(ADDRESS, _wish(work)), 503, "payment_provider_unavailable")
