"""The page itself: the work as if it hung there, its name, who holds it, and the digests that bind page and file.

Draws what it is given and decides nothing.
"""

from licensing.licences.certificates import signing, words
from licensing.licences.certificates.facts import Facts
from licensing.licences.certificates.sheet import INK, INK_2, INK_3, Sheet
from licensing.licences.certificates.words import Words
from licensing.models import Grant
from licensing.provenance import canonical

__all__ = ["draw"]

_LEFT, _RIGHT, _MIDDLE, _WIDTH = 24.0, 186.0, 105.0, 162.0
_CODE, _CODE_LEFT = 28.0, 158.0
_LAST_LATIN = "\u02ff"
_COLUMNS = (24.0, 80.0, 136.0)


def draw(grant: Grant, facts: Facts, *, data: bytes, signature: bytes) -> bytes:
    """The page as a PDF that carries `data` and `signature`: equal inputs give equal bytes."""
    phrases = words.of(facts.language)
    written = "".join((grant.work_title, facts.maker, facts.holder, facts.model))
    with Sheet(
        language="zh-Hans" if phrases.chinese else "en",
        title=f"{phrases.certificate} · {phrases.title(grant.work_title)}",
        subject=signing.address(grant, facts),
        at=grant.granted_at,
        wide=phrases.chinese or any(letter > _LAST_LATIN for letter in written),
    ) as sheet:
        title = _Title(sheet, phrases, grant)
        _head(sheet, phrases)
        sheet.hang(facts.picture, middle=_MIDDLE, top=36, bottom=title.first_baseline - 17, most_width=_WIDTH)
        below = _name(sheet, phrases, title, facts)
        _holding(sheet, phrases, grant, facts, top=below + 14)
        _facts(sheet, phrases, grant, facts)
        _digests(sheet, phrases, grant, facts, data)
        _foot(sheet, phrases)
        sheet.attach("certificate.json", data, media_type="application/json")
        sheet.attach("certificate.json.sig", signature.hex().encode(), media_type="text/plain")
        return sheet.finish()


def _head(sheet: Sheet, phrases: Words) -> None:
    sheet.ink("serif", 15, tracking=-0.012)
    sheet.write(_LEFT, 22, "Vernıssage")
    # The dot of the i is the house's seal: it sits over the bare stroke.
    sheet.dot(_LEFT + sheet.width("Vern") + sheet.width("ı") / 2, 22 - 3.55, 0.52)
    sheet.ink("sans", 8.5, INK_2, tracking=0.01)
    sheet.write(_RIGHT, 22, phrases.certificate, align="right")


class _Title:
    """The work's name, set as large as one line allows, or else on two; the picture gives way to the second."""

    def __init__(self, sheet: Sheet, phrases: Words, grant: Grant) -> None:
        text, self.face = phrases.title(grant.work_title), "serif" if phrases.chinese else "italic"
        self.size = 32
        self.ink(sheet)
        while self.size > 22 and sheet.width(text) > _WIDTH:
            self.size -= 2
            self.ink(sheet)
        self.lines = sheet.lines(text, _WIDTH, most=2)
        self.step = self.size * 0.3528 * 1.12
        self.first_baseline = 159.0 - self.step * (len(self.lines) - 1)

    def ink(self, sheet: Sheet) -> None:
        sheet.ink(self.face, self.size, tracking=-0.012)


def _name(sheet: Sheet, phrases: Words, title: _Title, facts: Facts) -> float:
    """Title, maker and label; returns the lowest baseline."""
    title.ink(sheet)
    for down, line in enumerate(title.lines):
        sheet.write(_MIDDLE, title.first_baseline + title.step * down, line, align="middle")
    baseline = 167.0
    sheet.ink("sans", 9.5, INK_2, tracking=0.01)
    made = phrases.made_by.format(maker=facts.maker, year=facts.made_at.year)
    together = f"{made}  ·  {phrases.label}"
    lines = [together] if sheet.width(together) <= _WIDTH else [*sheet.lines(made, _WIDTH, most=1), phrases.label]
    for down, line in enumerate(lines):
        sheet.write(_MIDDLE, baseline + 4.6 * down, line, align="middle")
    return baseline + 4.6 * (len(lines) - 1)


def _holding(sheet: Sheet, phrases: Words, grant: Grant, facts: Facts, *, top: float) -> None:
    """Who holds it, and which edition, beside the dot that a gallery puts next to a sold work."""
    sheet.ink("sans", 7.5, INK_3, tracking=0.01)
    sheet.write(_MIDDLE, top, phrases.held_by, align="middle")
    size = 17.0
    sheet.ink("serif", size)
    while size > 10 and sheet.width(facts.holder) > _WIDTH:
        size -= 0.5
        sheet.ink("serif", size)
    sheet.write(_MIDDLE, top + 7.5, sheet.lines(facts.holder, _WIDTH, most=1)[0], align="middle")
    sheet.ink("sans", 9.5, INK, tracking=0.01)
    edition = phrases.edition_of(grant)
    sheet.dot(_MIDDLE - sheet.width(edition) / 2 - 1.5, top + 13.9, 1.0)
    sheet.write(_MIDDLE + 1.5, top + 15, edition, align="middle")


def _facts(sheet: Sheet, phrases: Words, grant: Grant, facts: Facts) -> None:
    sheet.rule(_LEFT, 210, _WIDTH)
    columns = (
        (phrases.licence, phrases.licence_of(grant), ""),
        (phrases.granted, phrases.date(grant.granted_at), phrases.end_of(grant)),
        (phrases.made, phrases.date(facts.made_at), facts.model),
    )
    for x, (label, *values) in zip(_COLUMNS, columns, strict=True):
        sheet.ink("sans", 7.5, INK_3, tracking=0.01)
        sheet.write(x, 216.5, label)
        sheet.ink("sans", 9, INK, tracking=0.01)
        for down, value in enumerate(values):
            sheet.write(x, 221.5 + 4.4 * down, sheet.lines(value, 50, most=1)[0])
    sheet.rule(_LEFT, 230, _WIDTH)


def _digests(sheet: Sheet, phrases: Words, grant: Grant, facts: Facts, data: bytes) -> None:
    address = signing.address(grant, facts)
    rows = (
        (phrases.record, facts.record_sha256),
        (phrases.content, facts.content_sha256),
        (phrases.file, facts.file_sha256),
        (phrases.copy, facts.copy_sha256),
        (phrases.terms, grant.terms_sha256),
        (phrases.leaf.format(index=facts.log.index), facts.log.leaf_hash),
        (phrases.signed, canonical.sha256_hex(data)),
        (phrases.look_up, address),
    )
    for down, (label, value) in enumerate((label, value) for label, value in rows if value):
        baseline = 237 + 4.4 * down
        sheet.ink("sans", 7, INK_3, tracking=0.01)
        sheet.write(_LEFT, baseline, label)
        sheet.ink("mono", 6, INK_2)
        sheet.write(_LEFT + 25, baseline, sheet.lines(value, _CODE_LEFT - _LEFT - 29, most=1)[0])
    sheet.code(address, x=_CODE_LEFT, y=235, side=_CODE)
    sheet.link(_CODE_LEFT, 235, _CODE, _CODE, address)


def _foot(sheet: Sheet, phrases: Words) -> None:
    sheet.ink("sans", 7, INK_3, tracking=0.01)
    for down, line in enumerate(sheet.lines(phrases.foot, _WIDTH, most=3)):
        sheet.write(_LEFT, 278 + 3.7 * down, line)
