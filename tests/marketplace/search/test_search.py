"""Search: what finds a work and what does not, in English and Chinese, on whichever database the tests run on."""

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from generation.evaluation import novelty
from marketplace import catalogue, search
from marketplace.models import Artwork, SearchDocument, SearchWord
from marketplace.search.terms import LONGEST, terms
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.concurrency]


@pytest.fixture
def works() -> dict[str, Artwork]:
    tanaka = factories.maker(name="Yuki Tanaka", name_zh="田中雪")
    return {
        "kiln": factories.artwork(
            tanaka, title="Kiln Dusk", title_zh="窑暮", story="Embers above the valley.", story_zh="山谷上的余烬。"
        ),
        "sea": factories.artwork(
            title="Été à Łódź", title_zh="海上的夏天", alt_text="Landscape with waves and two boats"
        ),
    }


def _found(words: str) -> list[str]:
    return [work.title for work in catalogue.wall(words=words)]


@pytest.mark.parametrize(
    "words",
    [
        "kiln",
        "KILN dusk",
        "dusk kiln",
        "kil",
        "kilns",
        "ember",
        "tanaka embers",
        "窑暮",
        "窑",
        "暮",
        "余烬",
        "山谷上的",
        "田中雪 窑暮",
        "kiln 窑",
        "valleys",
        "vally",
        "embres",
        "ｋｉｌｎ",
        "  kiln, dusk! ",
    ],
)
@pytest.mark.usefixtures("works")
def test_these_words_find_the_kiln(words: str) -> None:
    assert _found(words) == ["Kiln Dusk"]


@pytest.mark.parametrize("words", ["ete", "été", "łódź", "wave", "waves boat", "scape", "landscap", "夏天", "上的夏"])
@pytest.mark.usefixtures("works")
def test_these_find_the_sea(words: str) -> None:
    assert _found(words) == ["Été à Łódź"]


@pytest.mark.parametrize("words", ["zebra", "kiln zebra", "kiln waves", "窑天", "海窑", "x" * 3000])
@pytest.mark.usefixtures("works")
def test_these_find_nothing(words: str) -> None:
    assert _found(words) == []


@pytest.mark.parametrize("words", ["", " ", "!?", "%", "'", '"', "*", "\\", "()"])
@pytest.mark.usefixtures("works")
def test_what_holds_no_word_narrows_nothing(words: str) -> None:
    assert len(_found(words)) == 2


@pytest.mark.parametrize(
    "words",
    ["kiln' OR 1=1 --", 'kiln" OR "dusk', "kiln & !dusk", "kiln:*", "NEAR(kiln dusk)", "kiln AND", "a" * 100, "|&!()"],
)
@pytest.mark.usefixtures("works")
def test_operators_are_words_like_any_other(client: Client, words: str) -> None:
    assert client.get("/api/v1/artworks", {"q": words}).status_code == 200
    assert client.get("/", {"q": words}).status_code == 200


@given(st.text(max_size=60))
def test_terms_hold_letters_and_digits_only(text: str) -> None:
    for term in terms(text):
        assert term
        assert len(term) <= LONGEST
        assert term.isalnum()
        assert set(term) & set("'\"*\\ ") == set()


def test_a_listing_is_found_at_once_and_a_missing_document_is_written_by_the_sweeper(works: dict[str, Artwork]) -> None:
    SearchDocument.objects.filter(artwork=works["kiln"]).delete()
    assert _found("kiln") == []
    assert search.sweep() == 1
    assert search.sweep() == 0
    assert _found("kiln") == ["Kiln Dusk"]


def test_an_outdated_document_is_written_anew(works: dict[str, Artwork]) -> None:
    SearchDocument.objects.filter(artwork=works["kiln"]).update(version=0, terms="old")
    assert _found("old") == ["Kiln Dusk"]
    search.sweep()
    assert (_found("old"), _found("kiln")) == ([], ["Kiln Dusk"])


def test_the_command_writes_all_documents_anew(works: dict[str, Artwork]) -> None:
    SearchDocument.objects.all().delete()
    SearchWord.objects.all().delete()
    out = StringIO()
    call_command("reindex", stdout=out)
    assert "2 works" in out.getvalue()
    assert _found("embers") == ["Kiln Dusk"]


@pytest.mark.usefixtures("works")
def test_a_search_costs_three_queries_more_than_the_wall_at_most(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        list(catalogue.wall())
    with django_assert_max_num_queries(5):
        list(catalogue.wall(words="kiln"))
    with django_assert_max_num_queries(6):
        list(catalogue.wall(words="kilm"))


def _pixels(red: int, green: int, blue: int) -> np.ndarray[Any, Any]:
    return np.full((64, 64, 3), (red, green, blue), np.uint8)


@pytest.fixture
def coloured() -> list[Artwork]:
    """A wide blue, a tall red and a square grey work, each dearer than the one before."""
    made = []
    for colour, size, price in (
        ((30, 60, 200), (90, 60), 4_000),
        ((200, 30, 30), (60, 90), 9_000),
        ((90, 90, 90), (60, 60), 30_000),
    ):
        maker = factories.maker()
        scores = {"descriptor": novelty.as_text(novelty.descriptor(_pixels(*colour)))}
        piece = factories.piece(maker.user, width=size[0], height=size[1], scores=scores)
        made.append(factories.artwork(maker, of=piece, prices={"personal": price}))
    return made


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ({"colour": ["blue"]}, [0]),
        ({"colour": ["red", "grey"]}, [2, 1]),
        ({"shape": ["wide"]}, [0]),
        ({"shape": ["square"], "colour": ["blue"]}, []),
        ({"price": ["under-50"]}, [0]),
        ({"price": ["200-1000"]}, [2]),
        ({"kind": ["picture"]}, [2, 1, 0]),
        ({"kind": ["pict"]}, []),
    ],
)
def test_headings_narrow_the_wall(coloured: list[Artwork], asked: dict[str, Any], which: list[int]) -> None:
    assert [work.pk for work in catalogue.wall(asked=asked)] == [coloured[place].pk for place in which]


@pytest.mark.usefixtures("coloured")
def test_counts_by_heading_over_the_api_in_two_queries(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        said = client.get("/api/v1/artwork-facets", {"kind": "picture"}).json()
    assert {one["value"]: one["count"] for one in said["colour"]} == {"blue": 1, "red": 1, "grey": 1}
    assert said["kind"] == [{"value": "picture", "count": 3}]
    assert client.get("/api/v1/artworks", {"colour": "red"}).json()["results"][0]["price"]["amount_minor"] == 9_000
    assert client.get("/api/v1/artworks", {"shape": "round"}).status_code == 400


@pytest.mark.usefixtures("coloured")
def test_the_wall_shows_headings_with_counts_and_each_can_be_dropped(client: Client) -> None:
    page = client.get("/?colour=red&colour=blue&shape=wide")
    assert len(page.context["cards"]) == 1
    counts = {one.name: {each.value: each.count for each in one.options} for one in page.context["facets"]}
    assert counts["colour"] == {"red": 0, "blue": 1}
    assert counts["shape"] == {"wide": 1, "tall": 1}
    assert [one.words for one in page.context["active"]] == ["Red", "Blue", "Wide"]
    assert page.context["active"][2].without == "/?colour=red&colour=blue"


@pytest.mark.parametrize(
    "address", ["/?colour=%00", "/?colour=red'", "/?model=" + "x" * 900, "/?colour=red" * 1 + "&shape=no"]
)
@pytest.mark.usefixtures("coloured")
def test_values_that_nobody_can_mean_do_no_harm(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200
