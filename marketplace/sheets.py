"""A text as people see it before they own it: a sheet of paper with its beginning on it.

A short text stands whole, as a poem does on a wall; of a longer one only the first lines, fading out.
"""

from PIL import Image, ImageDraw

from generation.engines.typesetting import Face, draw_line, measure, wrapped

__all__ = ["sheet"]

_WIDTH, _HEIGHT = 1200, 1500
_MARGIN = 150
_PAPER, _INK = (250, 247, 240), "#24211c"
_FACE = Face("newsreader-display.ttf", 1.6)
_LARGEST, _SMALLEST = 84, 40
_SHORT = 16
# The printers' stand-in for a sort that is not in the case.
_GETA = "〓"


def sheet(text: str) -> Image.Image:
    """An RGB picture, 1200 × 1500 px. A character that no font of the house has is shown as a geta mark, 〓."""
    size, lines = _set(text.strip())
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    pitch = size * _FACE.leading
    room = int((_HEIGHT - 2 * _MARGIN) / pitch)
    shown = lines[:room]
    top = (_HEIGHT - pitch * len(shown)) / 2 if len(lines) <= room else float(_MARGIN)
    for place, line in enumerate(shown):
        draw_line(draw, line, at=(_MARGIN, top + place * pitch + size), face=_FACE, size=size, ink=_INK)
    if len(lines) > _SHORT:
        _fade(picture, from_=0.45)
    return picture


def _set(text: str) -> tuple[int, list[str]]:
    """The largest size at which the text fits the sheet, or the smallest, and its lines there."""
    for size in range(_LARGEST, _SMALLEST, -4):
        lines = _lines(text, size)
        if len(lines) * size * _FACE.leading <= _HEIGHT - 2 * _MARGIN and not _broken(text, lines):
            return size, lines
    return _SMALLEST, _lines(text, _SMALLEST)


def _lines(text: str, size: int) -> list[str]:
    known = "".join(letter if letter == "\n" or _FACE.font_of(letter, chinese=False) else _GETA for letter in text)
    return wrapped(known, _WIDTH - 2 * _MARGIN, measure(_FACE, size), cut=True) or []


def _broken(text: str, lines: list[str]) -> bool:
    """Whether a verse of a short text would run on in a second line."""
    verses = text.count("\n") + 1
    return 1 < verses <= _SHORT and len(lines) > verses


def _fade(picture: Image.Image, *, from_: float) -> None:
    start = int(_HEIGHT * from_)
    veil = Image.linear_gradient("L").resize((_WIDTH, _HEIGHT - start))
    picture.paste(_PAPER, (0, start), veil.point(lambda value: min(255, round(value * 1.25))))
