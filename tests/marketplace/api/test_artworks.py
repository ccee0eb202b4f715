"""The catalogue over the API."""

from typing import Any

import pytest

from common.models import User
from generation.models import Piece
from licensing.models import Review
from marketplace.models import Artwork, Preview
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/artworks"


def test_the_wall_takes_three_queries_however_many_works_hang(django_assert_num_queries: Any) -> None:
    works = [factories.artwork(prices={"personal": 4900, "commercial": 19_000}) for _ in range(6)]
    Preview.objects.create(piece=works[0].piece, width=480, height=360, name="aa/aaaa.webp")
    with django_assert_num_queries(3):  # works with maker and piece, offers with licence, previews
        results = client().get(ADDRESS).json()["results"]

    assert [one["slug"] for one in results] == [work.slug for work in reversed(works)]
    card = results[-1]
    assert card["price"] == {"amount_minor": 4900, "currency": "EUR"}
    assert card["licences"] == ["personal", "commercial"]
    assert card["edition"] == {"size": 5, "sold": 0, "left": 5}
    assert card["preview"]["url"] == "http://testserver/media/previews/aa/aaaa.webp"
    assert results[0]["preview"] is None
    assert card["maker"]["slug"] == works[0].maker.slug


def test_pages_follow_the_order_of_hanging() -> None:
    works = [factories.artwork() for _ in range(5)]
    first = client().get(ADDRESS, {"limit": 3}).json()
    second = client().get(first["next"]).json()

    assert [one["slug"] for one in first["results"] + second["results"]] == [work.slug for work in reversed(works)]
    assert second["next"] is None


def test_the_wall_can_be_narrowed() -> None:
    unique = factories.artwork(edition_size=1, prices={"commercial": 9000})
    sold = factories.artwork(edition_size=2, sold=2)
    plain = factories.artwork(title="Ridges at Dusk")

    def slugs(**wanted: str) -> set[str]:
        return {one["slug"] for one in client().get(ADDRESS, wanted).json()["results"]}

    assert slugs(licence="commercial") == {unique.slug}
    assert slugs(maker=plain.maker.slug) == {plain.slug}
    assert slugs(availability="sold") == {sold.slug}
    assert slugs(availability="now") == {unique.slug, plain.slug}
    assert slugs(availability="unique") == {unique.slug}
    assert slugs(q="dusk") == {plain.slug}
    assert slugs(licence="nobody-offers-this") == set()


@pytest.mark.parametrize(
    "query",
    [{"availability": "soon"}, {"licence": "a b"}, {"maker": "a\x00"}, {"q": "a\x00"}, {"q": "a" * 101}],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(query: dict[str, str]) -> None:
    body = refused(client().get(ADDRESS, query), 400, "invalid")

    assert list(body["errors"]) == list(query)


def test_a_work_shows_its_offers_and_says_that_it_is_generated() -> None:
    work = factories.artwork()
    body = client().get(f"{ADDRESS}/{work.slug}").json()

    (offer,) = body["offers"]
    assert offer["price"] == {"amount_minor": 4900, "currency": "EUR"}
    assert offer["licence"]["slug"] == "personal"
    assert body["ai_generated"] is True
    assert body["piece"] == str(work.piece_id)
    assert "seed" not in body


def test_a_work_that_was_taken_down_is_gone_and_one_that_never_was_is_not_there() -> None:
    work = factories.artwork()
    Artwork.objects.filter(pk=work.pk).update(state=Artwork.State.WITHDRAWN)

    refused(client().get(f"{ADDRESS}/{work.slug}"), 410, "gone")
    refused(client().get(f"{ADDRESS}/never"), 404, "not_found")


@pytest.fixture
def maker() -> User:
    return factories.maker().user


@pytest.fixture
def piece(maker: User) -> Piece:
    made = factories.piece(maker)
    factories.review(made)
    return made


def _listing(of: Piece, **other: Any) -> dict[str, Any]:
    factories.template("personal")
    offers = [{"licence": "personal", "price": {"amount_minor": 24_000, "currency": "EUR"}}]
    words = {"title": "Estuary at Dusk", "alt_text": "Ridges under an evening sky."}
    return {"piece": str(of.pk), **words, "edition_size": 25, "offers": offers, **other}


def test_a_maker_lists_an_approved_piece(maker: User, piece: Piece) -> None:
    response = client(maker).post(ADDRESS, _listing(piece))
    body = response.json()

    assert (response.status_code, body["slug"]) == (201, "estuary-at-dusk")
    assert response["Location"] == f"{ADDRESS}/estuary-at-dusk"
    assert body["edition"] == {"size": 25, "sold": 0, "left": 25}
    assert client().get(response["Location"]).json()["offers"] == body["offers"]
    refused(client(maker).post(ADDRESS, _listing(piece)), 409, "already_listed")


def _offer(**price: Any) -> list[dict[str, Any]]:
    return [{"licence": "personal", "price": {"amount_minor": 24_000, "currency": "EUR", **price}}]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"edition_size": 0}, 400, "invalid"),
        ({"edition_size": 10_001}, 400, "invalid"),
        ({"edition_size": 2**70}, 400, "invalid"),
        ({"title": ""}, 400, "invalid"),
        ({"title": "a" * 121}, 400, "invalid"),
        ({"title": "Dusk", "alt_text": ""}, 400, "invalid"),
        ({"offers": []}, 400, "invalid"),
        ({"offers": {}}, 400, "invalid"),
        ({"offers": [7]}, 400, "invalid"),
        ({"offers": _offer(amount_minor=-1)}, 400, "invalid"),
        ({"offers": _offer(amount_minor="240.00")}, 400, "invalid"),
        ({"offers": _offer(amount_minor=240.0)}, 400, "invalid"),
        ({"offers": _offer(amount_minor=True)}, 400, "invalid"),
        ({"offers": _offer(amount_minor=2**70)}, 400, "invalid"),
        ({"offers": _offer(amount_minor=1)}, 422, "listing_refused"),
        ({"offers": _offer(currency="eur")}, 400, "invalid"),
        ({"offers": _offer(currency="KWD")}, 422, "currency_not_taken"),
        ({"offers": _offer() * 2}, 422, "listing_refused"),
        ({"offers": [{**_offer()[0], "licence": "eternal"}]}, 404, "unknown_licence"),
        ({"piece": "01a20aa7-e600-7499-8206-15d464efef40"}, 404, "not_found"),
        ({"piece": "seven"}, 400, "invalid"),
    ],
)
def test_a_listing_that_is_not_right_is_refused_and_nothing_hangs(
    maker: User, piece: Piece, wrong: dict[str, Any], status: int, code: str
) -> None:
    refused(client(maker).post(ADDRESS, _listing(piece, **wrong)), status, code)

    assert Artwork.objects.count() == 0


def test_nobody_lists_what_is_not_theirs_or_not_approved(maker: User) -> None:
    strangers = factories.piece(factories.user())
    factories.review(strangers)
    unreviewed = factories.piece(maker)
    without_profile = factories.user()
    own = factories.piece(without_profile)

    refused(client(maker).post(ADDRESS, _listing(strangers)), 404, "not_found")
    refused(client(maker).post(ADDRESS, _listing(unreviewed)), 409, "review_not_approved")
    factories.review(unreviewed, state=Review.State.REJECTED)
    refused(client(maker).post(ADDRESS, _listing(unreviewed)), 409, "review_not_approved")
    refused(client(without_profile).post(ADDRESS, _listing(own)), 403, "not_a_maker")
    refused(client().post(ADDRESS, _listing(unreviewed)), 401, "not_authenticated")
    assert Artwork.objects.count() == 0
