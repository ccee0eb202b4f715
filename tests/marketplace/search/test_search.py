"""Search: what finds a work and what does not, in English and Chinese, on whichever database the tests run on."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

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
def test_a_search_costs_two_queries_more_than_the_wall_at_most(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        list(catalogue.wall())
    with django_assert_max_num_queries(4):
        list(catalogue.wall(words="kiln"))
    with django_assert_max_num_queries(5):
        list(catalogue.wall(words="kilm"))
