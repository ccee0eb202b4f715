"""The licences that ship: complete in both languages, installed once, never changed once published."""

import dataclasses

import pytest

from licensing.licences import terms
from licensing.models import LicenceTemplate

pytestmark = pytest.mark.django_db


def test_installing_twice_is_installing_once() -> None:
    first = terms.install()
    assert [row.pk for row in terms.install()] == [row.pk for row in first]
    assert list(LicenceTemplate.objects.values_list("slug", "version", "exclusive")) == [
        ("personal", 1, False),
        ("commercial", 1, False),
        ("exclusive", 1, True),
    ]


def test_each_licence_gives_what_the_artwork_page_says() -> None:
    given = {row.slug: [right for right in terms.RIGHTS if row.terms[right]] for row in terms.install()}
    assert given == {
        "personal": ["hang_show_lend", "resell_edition"],
        "commercial": ["hang_show_lend", "resell_edition", "print_on_goods", "advertise"],
        "exclusive": ["hang_show_lend", "resell_edition", "print_on_goods", "advertise", "stop_further_sales"],
    }


def test_every_text_is_there_in_both_languages_with_the_same_sections() -> None:
    for row in terms.install():
        sections = [line for line in row.text.splitlines() if line.startswith("#")]
        assert len(sections) >= 7
        assert len([line for line in row.text_zh.splitlines() if line.startswith("#")]) == len(sections)
        assert "What we cannot promise" in row.text
        assert "我们无法保证" in row.text_zh


def test_the_limit_of_goods_is_the_one_in_the_texts() -> None:
    commercial = next(row for row in terms.install() if row.slug == "commercial")
    assert f"{terms.GOODS_LIMIT:,} pieces" in commercial.text
    assert f"{terms.GOODS_LIMIT:,}".replace(",", " ") + " 件" in commercial.text_zh


def test_a_published_text_that_changed_is_refused_and_nothing_is_written() -> None:
    terms.install()
    LicenceTemplate.objects.filter(slug="commercial").delete()
    LicenceTemplate.objects.filter(slug="exclusive").update(text="Another text.")
    with pytest.raises(terms.PublishedTextChanged) as caught:
        terms.install()
    assert caught.value.status == 409
    assert caught.value.detail == "exclusive version 1 is published with another text. Write a new version."
    assert not LicenceTemplate.objects.filter(slug="commercial").exists()
    assert LicenceTemplate.objects.get(slug="exclusive").text == "Another text."


def test_rights_cannot_be_changed_in_a_published_version_either() -> None:
    terms.install()
    generous = dataclasses.replace(terms.SHIPPED[0], allows=frozenset(terms.RIGHTS))
    with pytest.raises(terms.PublishedTextChanged):
        terms.install((generous,))


def test_the_digest_of_frozen_terms_depends_on_their_text() -> None:
    personal = terms.install()[0]
    frozen, digest = terms.freeze(personal)
    assert frozen["rights"]["train_a_model"] is False
    assert len(digest) == 64
    personal.text += " "
    assert terms.freeze(personal)[1] != digest
