"""The licences that ship: complete in both languages, installed once, never changed once published."""

import dataclasses

import pytest

from licensing.licences import files, terms
from licensing.licences.rights import RIGHTS
from licensing.models import LicenceTemplate

pytestmark = pytest.mark.django_db

# The digests of the terms that grants were given under since the first release.
PUBLISHED = {
    "personal": "186c87052346657e44f09ed8ea99670e7cc74108e672658aeb9c36e970fce2f6",
    "commercial": "38cfc886f98c4b8e6f079338ac06aa0a624a45186ade7953ccf40f8e24329b57",
    "exclusive": "aaf2775b8eb6a17b3f273a2fab9a690cf877d089599206dda593c059ab1d726a",
}


def test_installing_twice_is_installing_once() -> None:
    first = terms.install()
    assert [row.pk for row in terms.install()] == [row.pk for row in first]
    assert list(LicenceTemplate.objects.values_list("slug", "version", "exclusive")) == [
        ("personal", 1, False),
        ("commercial", 1, False),
        ("commercial-extended", 1, False),
        ("editorial", 1, False),
        ("exclusive", 1, True),
        ("buy-out", 1, True),
    ]


def test_each_licence_gives_what_the_artwork_page_says() -> None:
    given = {row.slug: [right for right in RIGHTS if row.terms.get(right)] for row in terms.install()}
    personal = ["hang_show_lend", "resell_edition"]
    commercial = [*personal, "print_on_goods", "advertise"]
    assert given == {
        "personal": personal,
        "commercial": commercial,
        "commercial-extended": [*commercial, "illustrate", "let_others_use"],
        "editorial": ["illustrate"],
        "exclusive": [*commercial, "stop_further_sales"],
        "buy-out": list(RIGHTS),
    }


def test_what_was_published_first_keeps_its_digest() -> None:
    published = {row.slug: terms.freeze(row)[1] for row in terms.install() if row.slug in PUBLISHED}
    assert published == PUBLISHED


def test_every_text_is_there_in_both_languages_with_the_same_sections() -> None:
    for row in terms.install():
        sections = [line for line in row.text.splitlines() if line.startswith("#")]
        assert len(sections) >= 7
        assert len([line for line in row.text_zh.splitlines() if line.startswith("#")]) == len(sections)
        assert "What we cannot promise" in row.text
        assert "我们无法保证" in row.text_zh


def test_limits_are_those_in_the_texts() -> None:
    rows = {row.slug: row for row in terms.install()}
    assert {slug: row.goods_limit for slug, row in rows.items() if row.goods_limit} == {"commercial": 5_000}
    assert {slug: row.lasts_days for slug, row in rows.items() if row.lasts_days} == {"editorial": 1_095}
    assert "5,000 pieces" in rows["commercial"].text
    assert "5 000 件" in rows["commercial"].text_zh
    assert "1,095 days" in rows["editorial"].text
    assert "1 095 天" in rows["editorial"].text_zh


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
    generous = dataclasses.replace(files.all_written()[0], rights=dict.fromkeys(RIGHTS, True))
    with pytest.raises(terms.PublishedTextChanged):
        terms.install((generous,))


def test_the_digest_of_frozen_terms_depends_on_their_text() -> None:
    personal = terms.install()[0]
    frozen, digest = terms.freeze(personal)
    assert frozen["rights"]["train_a_model"] is False
    assert len(digest) == 64
    personal.text += " "
    assert terms.freeze(personal)[1] != digest
