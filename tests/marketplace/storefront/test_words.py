"""Every word on the pages has its Chinese, and money, counts and titles are written as each language writes them."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from marketplace.storefront.templatetags import vernissage
from tests import check_words


def test_no_message_is_without_chinese_and_none_is_left_over() -> None:
    wanted = {(context, english) for context, english, _ in [*check_words.in_templates(), *check_words.in_python()]}
    assert set(check_words.translated()) == wanted


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (24000, "EUR", "€\u00a0240"),
        (24050, "EUR", "€\u00a0240.50"),
        (950000, "EUR", "€\u00a09,500"),
        (500, "JPY", "JP¥\u00a0500"),
    ],
)
def test_money_has_a_fraction_only_where_there_is_one(minor: int, currency: str, written: str) -> None:
    with translation.override("en"):
        assert vernissage.money(minor, currency) == written


def test_a_title_is_italic_in_english_and_stands_in_book_marks_in_chinese() -> None:
    with translation.override("en"):
        assert vernissage.work_title("Estuary") == '<cite class="work-title">Estuary</cite>'
    with translation.override("zh-hans"):
        assert vernissage.work_title("河口") == '<cite class="work-title">《河口》</cite>'
        assert vernissage.work_title("《河口》") == '<cite class="work-title">《河口》</cite>'


def test_a_title_cannot_bring_markup() -> None:
    with translation.override("en"):
        assert "<script>" not in vernissage.work_title("<script>alert(1)</script>")


def test_dates_follow_the_language() -> None:
    at = datetime(2026, 10, 14, 10, 23, tzinfo=UTC)
    with translation.override("en"):
        assert (vernissage.moment(at), vernissage.full_day(at)) == ("14 Oct, 10:23", "14 October 2026")
    with translation.override("zh-hans"):
        assert (vernissage.moment(at), vernissage.full_day(at)) == ("10月14日 10:23", "2026年10月14日")


def test_a_licence_text_is_shown_with_its_headings_and_lists_and_nothing_else_of_markup() -> None:
    text = "# Title\n\nA <b>word</b>.\n\n## What\n\n- one\n- two"
    assert vernissage.prose(text) == "<p>A &lt;b&gt;word&lt;/b&gt;.</p><h4>What</h4><ul><li>one</li><li>two</li></ul>"
