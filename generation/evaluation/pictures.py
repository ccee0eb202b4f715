"""What a picture is worth at a glance: a few measurable traits and one score that sorts drafts.

The score is a heuristic. It knows nothing of meaning; it puts flat, muddy, garish and noisy pictures last.
Colourfulness is that of Hasler and Süsstrunk (2003); harmony follows the hue templates of Cohen-Or et al. (2006).
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Traits", "averaged", "best_of", "measure", "oklab", "score", "scores"]

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

_LOOK_AT = 128
_EDGE = 0.03
_HUE_BINS = 36
# Hue templates as arcs of (centre, half width) in degrees: one hue, complements, split complements, triad.
_TEMPLATES = (((0, 35),), ((0, 25), (180, 25)), ((0, 25), (150, 20), (210, 20)), ((0, 20), (120, 20), (240, 20)))
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Traits:
    """Measured on the picture as seen at some 128 px, so that paper grain does not count as detail."""

    colourfulness: float
    contrast: float
    edge_density: float
    harmony: float
    balance: float


def _covers() -> NDArray[np.bool_]:
    """For each template at each turn, which bins of hue it covers."""
    centres = (np.arange(_HUE_BINS) + 0.5) * 360 / _HUE_BINS
    rows = []
    for template in _TEMPLATES:
        for turn in centres:
            away = [np.abs((centres - turn - middle + 180) % 360 - 180) <= half for middle, half in template]
            rows.append(np.any(away, axis=0))
    return np.stack(rows)


_COVERS = _covers()


def measure(pixels: Pixels) -> Traits:
    """The traits of an 8-bit sRGB picture (height, width, 3).

    `colourfulness` 0 … about 120; `contrast` is the deviation of lightness, 0 … 0.5; `edge_density`, `harmony` and
    `balance` are parts of one.
    """
    small = _glance(pixels)
    lab = oklab(small / 255)
    lightness = lab[..., 0]
    slope = np.hypot(*np.gradient(lightness))
    return Traits(
        colourfulness=_colourfulness(small),
        contrast=float(lightness.std()),
        edge_density=float((slope > _EDGE).mean()),
        harmony=_harmony(lab[..., 1], lab[..., 2]),
        balance=_balance(lightness),
    )


def score(traits: Traits) -> float:
    """One number from 0 to 1 for sorting drafts of one request: a heuristic, not a judgement."""
    wishes = (
        (_desirable(traits.colourfulness, 8, 30, 75, 120), 0.3),
        (_desirable(traits.contrast, 0.02, 0.1, 0.28, 0.42), 0.25),
        (_desirable(traits.edge_density, -0.03, 0.02, 0.22, 0.6), 0.2),
        (traits.harmony, 0.15),
        (traits.balance, 0.1),
    )
    # A geometric mean: one trait that fails altogether is not made good by the others.
    return float(np.exp(sum(weight * np.log(max(wish, 1e-3)) for wish, weight in wishes)))


def scores(pixels: Pixels) -> dict[str, float]:
    """All traits and the score, rounded, as they are kept with a piece."""
    traits = measure(pixels)
    return {name: round(value, 4) for name, value in (asdict(traits) | {"score": score(traits)}).items()}


def best_of(pictures: list[Pixels]) -> int:
    """The place of the picture with the highest score; the first where several have it."""
    if not pictures:
        raise ValueError("there is no best of no pictures")
    return int(np.argmax([score(measure(picture)) for picture in pictures]))


def _glance(pixels: Pixels) -> Array:
    """The picture averaged down by a whole factor to about 128 px on its shorter side."""
    factor = max(1, min(pixels.shape[:2]) // _LOOK_AT)
    return averaged(pixels, factor, factor)


def averaged(pixels: Pixels, down: int, across: int) -> Array:
    """The mean of each `down` by `across` pixels, a whole number; what is left over at right and below is cut off."""
    import cv2  # only where works are looked at: it would cost every web process its memory

    height, width = pixels.shape[0] // down, pixels.shape[1] // across
    whole = pixels[: height * down, : width * across]
    mean: Array = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).astype(np.float64)
    return mean


def oklab(rgb: Array) -> Array:
    """OKLab of sRGB values from 0 to 1; the last axis holds the channels."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab: Array = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def _colourfulness(rgb: Array) -> float:
    red_green = rgb[..., 0] - rgb[..., 1]
    yellow_blue = (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def _harmony(a: Array, b: Array) -> float:
    """How much of the chroma lies within the best fitting hue template, beyond what an even spread would give."""
    chroma = np.hypot(a, b)
    if chroma.sum() < 1e-6:
        return 1.0
    hue = np.degrees(np.arctan2(b, a)) % 360
    mass, _ = np.histogram(hue, _HUE_BINS, (0, 360), weights=chroma)
    even = _COVERS.mean(1)
    best = float((((_COVERS @ mass) / mass.sum() - even) / (1 - even)).max())
    return min(1.0, max(0.0, best))


def _balance(lightness: Array) -> float:
    """One when what stands out from the mean lightness is spread around the middle, zero when it is at an edge."""
    weight = np.abs(lightness - lightness.mean())
    if weight.sum() < 1e-6:
        return 1.0
    rows, columns = np.mgrid[0 : lightness.shape[0], 0 : lightness.shape[1]]
    down = (rows * weight).sum() / weight.sum() / (lightness.shape[0] - 1) - 0.5
    across = (columns * weight).sum() / weight.sum() / (lightness.shape[1] - 1) - 0.5
    return float(np.clip(1 - 2 * np.hypot(down, across), 0.0, 1.0))


def _desirable(value: float, low: float, good: float, enough: float, high: float) -> float:
    """A trapezium: 0 up to `low`, 1 from `good` to `enough`, 0 from `high` on."""
    return float(np.interp(value, [low, good, enough, high], [0.0, 1.0, 1.0, 0.0]))
