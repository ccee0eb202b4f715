"""A maker's statement on paper, in the maker's own language: plain columns, page after page."""

from datetime import UTC, datetime

from babel.dates import format_skeleton
from babel.numbers import format_currency
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from licensing.licences.certificates.sheet import INK, INK_2, INK_3, Sheet
from marketplace.models import Profile
from marketplace.payouts.statements import Month, Row, exact

__all__ = ["draw"]

_LEFT, _DAY, _GROSS, _RIGHT = 24.0, 44.0, 158.0, 186.0
_TOP, _BOTTOM, _STEP = 62.0, 270.0, 6.4
_LAST_LATIN = "\u02ff"
Text = str | Promise
_LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans_CN"}
STATEMENT, BOOKING = _("Statement"), _("Booking")
KINDS: dict[str, Promise] = {
    "receipt": _("Sale"),
    "release": _("Commission delivered"),
    "refund": _("Refund"),
    "undo": _("Taken back"),
    "transfer": _("Payout"),
    "reversal": _("Reversal of a payout"),
}


def draw(*, maker: Profile, month: str, months: list[Month], at: datetime) -> bytes:
    """The statement as a PDF: equal rows give equal bytes."""
    language = maker.user.language
    with translation.override(language):
        return _draw(maker, datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC), months, at, language)


def _draw(maker: Profile, first: datetime, months: list[Month], at: datetime, language: str) -> bytes:
    locale = _LOCALES.get(language, "en_GB")
    name = format_skeleton("yMMMM", first, locale=locale)
    written = maker.name + "".join(row.what for month in months for row in month.rows)
    wide = language != "en" or any(letter > _LAST_LATIN for letter in written)
    title = f"{STATEMENT!s} · {name}"
    with Sheet(language=language, title=title, subject=maker.name, at=at, wide=wide) as sheet:
        page = _Page(sheet, title, maker.name, locale)
        for month in months:
            page.month(month)
        if not months:
            page.line("", _("Nothing was booked."), "", "")
        return sheet.finish()


class _Page:
    """Where the next line goes; turns over when the sheet is full."""

    def __init__(self, sheet: Sheet, title: str, maker: str, locale: str) -> None:
        self._sheet, self._title, self._maker, self._locale = sheet, title, maker, locale
        self._head()

    def month(self, month: Month) -> None:
        self.line(_("Date"), f"{BOOKING!s} · {month.currency}", _("Whole amount"), _("Your part"), quiet=True)
        self._sheet.rule(_LEFT, self._baseline - 4.7, _RIGHT - _LEFT)
        self.line("", _("Brought forward"), "", self._money(month.opening_minor, month))
        for row in month.rows:
            self._row(row, month)
        self._sheet.rule(_LEFT, self._baseline - 4.7, _RIGHT - _LEFT)
        self.line("", _("Carried forward"), "", self._money(month.closing_minor, month))
        self._baseline += _STEP

    def line(self, day: Text, what: Text, gross: Text, net: Text, *, quiet: bool = False) -> None:
        if self._baseline > _BOTTOM:
            self._sheet.turn()
            self._head()
        self._sheet.ink("sans", 8 if quiet else 9, INK_3 if quiet else INK)
        [shown] = self._sheet.lines(str(what), _GROSS - _DAY - 26, most=1)
        self._sheet.write(_LEFT, self._baseline, str(day))
        self._sheet.write(_DAY, self._baseline, shown)
        for right, text in ((_GROSS, gross), (_RIGHT, net)):
            self._sheet.write(right, self._baseline, str(text), align="right")
        self._baseline += _STEP

    def _row(self, row: Row, month: Month) -> None:
        kind = str(KINDS.get(row.kind, row.kind))
        day = format_skeleton("MMMd", row.at.astimezone(UTC), locale=self._locale)
        gross = self._money(row.gross_minor, month) if row.gross_minor else ""
        self.line(day, f"{kind} · {row.what}" if row.what else kind, gross, self._money(row.net_minor, month))

    def _head(self) -> None:
        self._sheet.ink("serif", 20, tracking=-0.012)
        self._sheet.write(_LEFT, 32, self._title)
        self._sheet.ink("sans", 9.5, INK_2)
        self._sheet.write(_LEFT, 41, self._maker)
        self._sheet.write(_RIGHT, 41, "Vernissage", align="right")
        self._baseline = _TOP

    def _money(self, minor: int, month: Month) -> str:
        return format_currency(exact(minor, month.currency), month.currency, locale=self._locale)
