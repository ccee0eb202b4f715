"""How the house writes money, counts, times, digests and titles in the reader's language."""

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from babel import dates, numbers
from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans_CN"}
WALL_ROWS = range(16, 81)


class Sized(Protocol):
    """Anything with a width and a height in pixels."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...


def _locale() -> str:
    return LOCALES.get(get_language() or "en", "en_GB")


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Minor units as the locale writes them, without a fraction that is zero: 24000 EUR is "€ 240"."""
    places = numbers.get_currency_precision(currency)
    amount = Decimal(amount_minor).scaleb(-places)
    fraction = "" if amount == amount.to_integral_value() else "." + "0" * places
    return numbers.format_currency(
        amount, currency, format=f"¤\N{NO-BREAK SPACE}#,##0{fraction}", locale=_locale(), currency_digits=False
    )


@register.filter
def count(value: int) -> str:
    """A whole number with the locale's grouping."""
    return numbers.format_decimal(value, locale=_locale())


@register.filter
def moment(value: datetime) -> str:
    """Day and minute: "14 Oct, 10:23"."""
    local = timezone.localtime(value)
    return f"{dates.format_skeleton('MMMd', local, locale=_locale())}{_comma()}{local:%H:%M}"


@register.filter
def clock(value: datetime) -> str:
    """The time of day: "10:23"."""
    return f"{timezone.localtime(value):%H:%M}"


@register.filter
def day(value: datetime | date) -> str:
    """The day and its month: "14 Oct"."""
    return dates.format_skeleton("MMMd", _local(value), locale=_locale())


@register.filter
def full_day(value: datetime | date) -> str:
    """The whole date in words: "14 October 2026"."""
    return dates.format_date(_local(value), format="long", locale=_locale())


@register.filter
def month(value: date) -> str:
    """A month and its year: "October 2026"."""
    return dates.format_skeleton("yMMMM", value, locale=_locale())


def _local(value: datetime | date) -> datetime | date:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def _comma() -> str:
    return " " if _locale().startswith("zh") else ", "


@register.filter
def short_digest(value: str) -> str:
    """A digest that fits a caption: its first six and last four characters."""
    return value if len(value) <= 12 else f"{value[:6]}…{value[-4:]}"


@register.filter
def prose(text: str) -> SafeString:
    """A text of the house with `##` headings, `-` lists and paragraphs; its first line, the title, is left out."""
    blocks = []
    for block in text.strip().split("\n\n"):
        if block.startswith("# "):
            continue
        if block.startswith("## "):
            blocks.append(format_html("<h4>{}</h4>", block[3:]))
        elif block.startswith("- "):
            items = format_html_join("", "<li>{}</li>", ((line.removeprefix("- "),) for line in block.splitlines()))
            blocks.append(format_html("<ul>{}</ul>", items))
        else:
            blocks.append(format_html("<p>{}</p>", block))
    return format_html_join("", "{}", ((block,) for block in blocks))


@register.simple_tag
def work_title(title: str, hung: bool = False) -> SafeString:
    """A work's name: italic in English, upright in book-title marks in Chinese (hung outside the edge on a wall)."""
    if _locale().startswith("zh"):
        if not title.startswith("《"):
            title = f"《{title}》"
        return format_html('<cite class="work-title{}">{}</cite>', " work-title--hung" if hung else "", title)
    return format_html('<cite class="work-title">{}</cite>', title)


@register.filter
def wall_rows(picture: Sized | None) -> int:
    """The height of a picture on the wall, in fortieths of its column's width, from its `width` and `height`."""
    if not picture or not picture.width or not picture.height:
        return 40
    rows = -(-40 * picture.height // picture.width)
    return min(max(rows, WALL_ROWS.start), WALL_ROWS.stop - 1)
