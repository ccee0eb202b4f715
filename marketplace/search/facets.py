"""What works are sorted by beside their words: each heading's value is one more term of the document.

Counts are over the newest thousand works that match, so that they cost the same however many there are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from babel.numbers import get_currency_precision
from django.db.models import QuerySet

from generation.evaluation import novelty
from marketplace.models import Artwork

__all__ = ["HEADINGS", "LOOKED_AT", "counted", "known", "of", "token"]

HEADINGS = ("kind", "colour", "shape", "price", "model")
LOOKED_AT = 1_000
# A letter that no keyboard has: a facet is a term of its own, and no word of a text is taken for one.
_MARK = "\ua66e"
_BANDS = ((50, "under-50"), (200, "50-200"), (1_000, "200-1000"))
_DEAREST = "over-1000"
# From which angle on in OKLab, in degrees.
_HUES = ((10, "red"), (45, "orange"), (90, "yellow"), (125, "green"), (170, "teal"), (220, "blue"), (285, "purple"))
_LAST_HUE = "pink"
_GREY = 0.03
_CELLS, _PER_UNIT = 16, 280.0


def of(work: Artwork) -> dict[str, str]:
    """The value of each heading that the work has one for."""
    piece = work.piece
    values = {
        "kind": piece.kind,
        "model": piece.checkpoint.slug,
        "shape": _shape(piece.width, piece.height),
        "colour": _colour(piece.scores),
        "price": _band(work),
    }
    return {heading: value for heading, value in values.items() if value}


def token(heading: str, value: str) -> str:
    """The term that stands for a heading's value: letters and digits only, as every term."""
    return f"{_MARK}{heading}{_MARK}{value.replace('-', _MARK)}"


def counted(works: QuerySet[Artwork]) -> Mapping[str, Counter[str]]:
    """How many of the newest thousand of `works` have each value, by heading, in one query."""
    found: dict[str, Counter[str]] = {heading: Counter() for heading in HEADINGS}
    for facets in works.values_list("search_document__facets", flat=True)[:LOOKED_AT]:
        for one in (facets or "").split():
            heading, value = one.split("=", 1)
            if heading in found:
                found[heading][value] += 1
    return found


def known(asked: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """As groups of terms: one of each group has to be there."""
    return [[token(heading, value) for value in values] for heading, values in asked.items() if values]


def _shape(width: int | None, height: int | None) -> str:
    if not width or not height:
        return ""
    ratio = width / height
    return "wide" if ratio > 1.15 else "tall" if ratio < 0.87 else "square"


def _colour(scores: Mapping[str, object]) -> str:
    """The hue that colours most of a four by four grid; grey where nothing is colourful."""
    numbers = novelty.from_text(scores.get("descriptor"))
    if numbers is None:
        return ""
    across, along = (numbers[: 3 * _CELLS].reshape(_CELLS, 3)[:, 1:].astype(float) / _PER_UNIT).T
    strength = np.hypot(across, along)
    if strength.mean() < _GREY:
        return "grey"
    angles = np.degrees(np.arctan2(along, across)) % 360
    weight: Counter[str] = Counter()
    for angle, much in zip(angles, strength, strict=True):
        weight[_hue(float(angle))] += float(much)  # type: ignore[assignment]
    return weight.most_common(1)[0][0]


def _hue(angle: float) -> str:
    if angle < _HUES[0][0] or angle >= 330:
        return _LAST_HUE
    return next(name for start, name in reversed(_HUES) if angle >= start)


def _band(work: Artwork) -> str:
    offers = sorted(work.offers.all(), key=lambda offer: offer.price_minor)
    if not offers:
        return ""
    price = offers[0].price_minor / 10 ** get_currency_precision(offers[0].currency)
    return next((name for below, name in _BANDS if price < below), _DEAREST)
