"""Text in real fonts: which font has a character, where a line may break (Chinese too), and lines drawn on baselines.

Characters that no font has are refused rather than drawn as boxes. Knows nothing of layouts.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import ImageDraw, ImageFont

from common import fonts
from generation.engines.base import EngineError

__all__ = ["Face", "Measure", "check_glyphs", "draw_line", "estimate", "measure", "wrapped"]

Measure = Callable[[str], float]

_REFERENCE = 200
_HAN = "noto-serif-sc.ttf"
# Only what the simplified one lacks: the characters of Big5 and of the verse that is written here.
_MORE_HAN = "noto-serif-tc.ttf"
# Has the letters of Vietnamese, which the sans lacks.
_MORE_LATIN = "newsreader-display.ttf"
# Closing marks do not begin a line, opening ones do not end one (kinsoku).
_NOT_FIRST = set("，。、；：！？）》」』】〉〕…—～·％%!?),.:;”’々ー")
_NOT_LAST = set("（《「『【〈〔“‘([$¥€£#")
# Marks that both scripts use: within Chinese they are Chinese.
_SHARED = set("“”‘’…—·")
# The numeral zero is not in the font; the circle looks the same.
_STAND_INS = str.maketrans("〇", "○")


@dataclass(frozen=True)
class Face:
    """A Latin font with the Chinese one behind it. `leading` is the distance of baselines in parts of the size."""

    latin: str
    leading: float

    def font_of(self, letter: str, *, chinese: bool) -> str:
        """The file that draws a character, or nothing where none has it."""
        order = (_HAN, self.latin) if chinese and letter in _SHARED else (self.latin, _MORE_LATIN, _HAN, _MORE_HAN)
        return next((name for name in order if ord(letter) in _coverage(name)), "")


@lru_cache(maxsize=8)
def _coverage(name: str) -> frozenset[int]:
    with TTFont(fonts.FOLDER / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts.FOLDER / name, size)


def check_glyphs(face: Face, text: str) -> None:
    """Raises EngineError `glyph_missing`, naming the characters that the house's fonts do not have."""
    lacking = [
        letter
        for letter in dict.fromkeys(text.translate(_STAND_INS))
        if letter != "\n" and not face.font_of(letter, chinese=False)
    ]
    if lacking:
        named = ", ".join(f"{letter if letter.isprintable() else ''} U+{ord(letter):04X}".strip() for letter in lacking)
        raise EngineError("glyph_missing", f"The house's fonts have Latin and Chinese, but not: {named}.")


def measure(face: Face, size: int) -> Measure:
    """How wide a text is at this size, in pixels."""
    return lambda text: sum(_font(name, size).getlength(part) for name, part in _runs(face, text))


def estimate(face: Face, size: int) -> Measure:
    """About how wide a text is at this size, within a few per cent, at a fraction of the cost."""
    return lambda text: _reference(face, text) * size / _REFERENCE


@lru_cache(maxsize=20_000)
def _reference(face: Face, text: str) -> float:
    return measure(face, _REFERENCE)(text)


def draw_line(
    draw: ImageDraw.ImageDraw, text: str, *, at: tuple[float, float], face: Face, size: int, ink: str
) -> None:
    """One line whose baseline starts at `at`."""
    across, down = at
    for name, part in _runs(face, text):
        draw.text((across, down), part, font=_font(name, size), fill=ink, anchor="ls")
        across += _font(name, size).getlength(part)


def _runs(face: Face, text: str) -> list[tuple[str, str]]:
    text = text.translate(_STAND_INS)
    chinese = any(_is_han(letter) for letter in text)
    named = [(face.font_of(letter, chinese=chinese) or face.latin, letter) for letter in text]
    return [(name, "".join(letter for _, letter in run)) for name, run in groupby(named, key=lambda pair: pair[0])]


def _is_han(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def wrapped(text: str, width: float, measured: Measure, *, cut: bool = False) -> list[str] | None:
    """The text in as few lines as `width` allows, of about equal length; None where a word is wider.

    With `cut`, such a word is cut where it must be. A line feed always ends a line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        units = _units(paragraph)
        if cut:
            units = [part for unit in units for part in _cut(unit, width, measured)]
        if any(measured(unit.rstrip()) > width for unit in units):
            return None
        lines += _balanced(units, width, measured)
    return lines


def _units(text: str) -> list[str]:
    """A line's parts: words with the space behind them, Chinese characters with the marks that cling to them."""
    units: list[str] = []
    for letter in text:
        last = units[-1][-1] if units else ""
        sticks = bool(units) and (
            letter.isspace()
            or letter in _NOT_FIRST
            or last in _NOT_LAST
            or not (last.isspace() or last == "-" or _is_han(last) or _is_han(letter))
        )
        if sticks:
            units[-1] += letter
        else:
            units.append(letter)
    return units


def _cut(unit: str, width: float, measured: Measure) -> list[str]:
    parts = [""]
    for letter in unit:
        if parts[-1] and measured((parts[-1] + letter).rstrip()) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _balanced(units: list[str], width: float, measured: Measure) -> list[str]:
    """The narrowest setting that needs no more lines than the widest: no lonely word or character at the end."""
    best = _filled(units, width, measured)
    low, high = 0.0, width
    while len(best) > 1 and high - low > 4:
        middle = (low + high) / 2
        tried = _filled(units, middle, measured)
        if len(tried) <= len(best) and all(measured(line) <= width for line in tried):
            best, high = tried, middle
        else:
            low = middle
    return best


def _filled(units: list[str], width: float, measured: Measure) -> list[str]:
    lines = [""]
    for unit in units:
        if lines[-1] and measured((lines[-1] + unit).rstrip()) > width:
            lines.append("")
        lines[-1] += unit
    return [line.strip() for line in lines]
