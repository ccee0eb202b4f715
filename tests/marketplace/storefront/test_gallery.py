"""The wall shows what is listed, in the order in which it was hung, and narrows by the address alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.models import Artwork
from tests import factories

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str) -> list[str]:
    return [card.slug for card in client.get(address).context["cards"]]


def hang(number: int, **fields: Any) -> list[str]:
    """Hang works one hour apart, and name them as the wall should show them: the latest first."""
    by = factories.maker()
    now = timezone.now()
    works = [factories.artwork(by, listed_at=now - timedelta(hours=hour), **fields) for hour in range(number)]
    return [work.slug for work in works]


def test_the_latest_hung_comes_first_and_what_is_not_listed_does_not_come(client: Client) -> None:
    slugs = hang(3)
    factories.artwork(state=Artwork.State.WITHDRAWN)
    assert shown(client, "/") == slugs


def test_paging_shows_every_work_once(client: Client) -> None:
    slugs = hang(32)
    seen: list[str] = []
    address = "/"
    while address:
        page = client.get(address)
        seen += [card.slug for card in page.context["cards"]]
        address = page.context["more"].url if page.context["more"] else ""
    assert seen == slugs


def test_more_says_how_many_will_come(client: Client) -> None:
    hang(17)
    assert client.get("/").context["more"].count == 2


def test_works_hung_at_the_same_moment_are_not_lost_between_pages(client: Client) -> None:
    by, now = factories.maker(), timezone.now()
    slugs = {factories.artwork(by, listed_at=now).slug for _ in range(17)}
    first = client.get("/")
    second = client.get(first.context["more"].url)
    assert {card.slug for page in (first, second) for card in page.context["cards"]} == slugs


def test_filters_narrow_and_their_counts_are_what_choosing_them_shows(client: Client) -> None:
    both = factories.artwork(prices={"personal": 4900, "commercial": 9900}).slug
    personal = factories.artwork(edition_size=1).slug
    sold = factories.artwork(edition_size=1, sold=1).slug
    assert set(shown(client, "/")) == {both, personal, sold}
    assert shown(client, "/?licence=commercial") == [both]
    assert set(shown(client, "/?show=unique")) == {personal, sold}
    assert set(shown(client, "/?show=now")) == {both, personal}
    facets = {facet.name: facet for facet in client.get("/?show=unique").context["facets"]}
    assert {option.value: option.count for option in facets["licence"].options} == {"personal": 2, "commercial": 0}
    assert {option.value: option.count for option in facets["show"].options} == {"now": 2, "unique": 2, "sold": 1}


def test_each_filter_can_be_dropped_by_itself(client: Client) -> None:
    factories.artwork(title="Estuary")
    page = client.get("/?q=Estuary&show=unique")
    assert [each.without for each in page.context["active"]] == ["/?show=unique", "/?q=Estuary"]


def test_where_nothing_matches_the_page_says_what_dropping_a_filter_brings_back(client: Client) -> None:
    factories.artwork(title="Estuary")
    page = client.get("/?q=nothing-like-it")
    assert [each.back for each in page.context["active"]] == [1]
    assert "Nothing on these walls matches." in page.content.decode()


@pytest.mark.parametrize("address", ["/?licence=none-such&show=none-such", "/?q=%00", "/?q=" + "x" * 5000])
def test_an_odd_address_still_answers(client: Client, address: str) -> None:
    factories.artwork()
    assert client.get(address).status_code == 200


def test_a_place_on_the_wall_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/?after=never-was").status_code == 404
    assert client.get("/?after=%00").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_wall(
    client: Client, django_assert_max_num_queries: object
) -> None:
    hang(15)
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        client.get("/")


def test_a_card_says_that_the_work_is_generated(client: Client) -> None:
    factories.artwork()
    assert "AI-generated" in client.get("/").content.decode()
    assert "AI 生成" in client.get("/", headers={"accept-language": "zh-CN"}).content.decode()
