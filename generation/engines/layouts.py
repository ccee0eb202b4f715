"""Where picture and words stand in a format: rectangles only, worked out from its proportions. Draws nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from generation.engines.base import EngineError

__all__ = ["Box", "Layout", "lay_out"]

_GOLDEN = 0.618


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def inset(self, across: int, down: int) -> "Box":
        return Box(self.left + across, self.top + down, self.width - 2 * across, self.height - 2 * down)


@dataclass(frozen=True)
class Layout:
    """`picture` may reach under `words` only where a veil is drawn; `centred` says how the words stand."""

    picture: Box
    words: Box
    centred: bool = False
    veiled: bool = False


def lay_out(name: str, width: int, height: int, *, wordless: bool) -> Layout:
    """The layout of a format. Without words and logo the picture fills it, but for a frame, which stays."""
    if name not in _LAYOUTS:
        raise EngineError("parameter_refused", f"layout must be one of {', '.join(_LAYOUTS)}.")
    if wordless and name != "frame":
        whole = Box(0, 0, width, height)
        return Layout(whole, whole)
    return _LAYOUTS[name](width, height, wordless)


def _margin(width: int, height: int) -> int:
    return round(min(width, height) * 0.075)


def _band(width: int, height: int, _wordless: bool) -> Layout:
    """The picture full bleed, the words on a band of paper: below, or beside it in a wide format."""
    margin = _margin(width, height)
    if width > 1.5 * height:
        part = round(width * (0.36 if width < 2.5 * height else 0.44))
        band = Box(width - part, 0, part, height)
        return Layout(Box(0, 0, width - part, height), band.inset(margin, margin))
    part = round(height * (0.34 if height < 1.5 * width else 0.3))
    band = Box(0, height - part, width, part)
    return Layout(Box(0, 0, width, height - part), band.inset(margin, round(margin * 0.8)))


def _split(width: int, height: int, _wordless: bool) -> Layout:
    """Paper and picture by halves: words left, or above in a tall format."""
    margin = _margin(width, height)
    if width >= height:
        part = round(width * (0.5 if width > 1.2 * height else 0.46))
        return Layout(Box(part, 0, width - part, height), Box(0, 0, part, height).inset(margin, margin))
    part = round(height * (1 - _GOLDEN))
    return Layout(Box(0, part, width, height - part), Box(0, 0, width, part).inset(margin, margin))


def _frame(width: int, height: int, wordless: bool) -> Layout:
    """The picture in a passe-partout, the words centred beneath, or beside it in a wide format."""
    margin = _margin(width, height)
    inner = Box(0, 0, width, height).inset(margin, margin)
    if wordless:
        return Layout(inner, inner, centred=True)
    if width > 1.5 * height:
        part = round(inner.width * (0.56 if width < 2.5 * height else 0.5))
        words = Box(inner.left + part + margin, inner.top, inner.width - part - margin, inner.height)
        return Layout(Box(inner.left, inner.top, part, inner.height), words, centred=True)
    part = round(inner.height * (0.68 if height < 1.5 * width else 0.7))
    gap = round(margin * 0.7)
    words = Box(inner.left, inner.top + part + gap, inner.width, inner.height - part - gap)
    return Layout(Box(inner.left, inner.top, inner.width, part), words, centred=True)


def _veil(width: int, height: int, _wordless: bool) -> Layout:
    """The picture fills the format; the words stand on a veil of paper that fades into it."""
    margin = _margin(width, height)
    whole = Box(0, 0, width, height)
    if width > 1.5 * height:
        return Layout(whole, Box(0, 0, round(width * 0.5), height).inset(margin, margin), veiled=True)
    part = round(height * 0.4)
    return Layout(whole, Box(0, height - part, width, part).inset(margin, margin), veiled=True)


_LAYOUTS: dict[str, Callable[[int, int, bool], Layout]] = {
    "band": _band,
    "split": _split,
    "frame": _frame,
    "veil": _veil,
}
