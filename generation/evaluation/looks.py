"""Technical quality and composition of a picture: heuristics that need nothing but its pixels.

`technical` asks whether it is sharp, clean and well exposed; `composition` whether it has a centre of interest, a place
for it and a balance. Neither knows what is shown. Noise is estimated as by Immerkær (1996).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.pictures import averaged

__all__ = ["scores"]

Pixels = NDArray[np.uint8]
Array = NDArray[np.floating[Any]]

# The middle of a large picture says enough about its sharpness, in a tenth of the time.
_LOOK_AT = 256
_GLANCE = 96
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def scores(pixels: Pixels) -> dict[str, float]:
    """`sharpness`, `clipping`, `technical`, `symmetry`, `focus`, `composition` from 0 to 1; `noise` from 0 to 255."""
    middle = _middle(pixels)
    luma = middle @ _LUMA
    sharp, noise, clipped = _sharpness(luma), _noise(luma), _clipping(middle)
    small = _small(pixels)
    symmetry, focus, placed = _symmetry(small), *_interest(small)
    technical = _sound(sharp, noise, clipped)
    composition = 0.45 * max(placed, symmetry) + 0.3 * focus + 0.25 * _ease(small)
    named = {
        "sharpness": sharp,
        "noise": noise,
        "clipping": clipped,
        "technical": technical,
        "symmetry": symmetry,
        "focus": focus,
        "composition": composition,
    }
    return {name: round(float(value), 4) for name, value in named.items()}


def _middle(pixels: Pixels) -> Array:
    height, width = pixels.shape[:2]
    top, left = max(0, height - _LOOK_AT) // 2, max(0, width - _LOOK_AT) // 2
    middle: Array = pixels[top : top + _LOOK_AT, left : left + _LOOK_AT].astype(np.float32)
    return middle


def _small(pixels: Pixels) -> Array:
    """Lightness from 0 to 1, averaged down by a whole factor to about 96 px on the shorter side."""
    factor = max(1, min(pixels.shape[:2]) // _GLANCE)
    small: Array = averaged(pixels, factor, factor) @ _LUMA / 255
    return small


def _sharpness(luma: Array) -> float:
    """How steep the steepest edges are: an edge over one pixel from black to white is 1. Grain is averaged away."""
    even = (luma[:-1, :-1] + luma[1:, :-1] + luma[:-1, 1:] + luma[1:, 1:]) / 4
    down, across = np.diff(even, axis=0)[:, :-1], np.diff(even, axis=1)[:-1]
    steep = np.hypot(down, across)
    if not steep.size:
        return 0.0
    place = int(steep.size * 0.995)
    return float(min(1.0, np.partition(steep, place, None)[place] / 127.5))


def _noise(luma: Array) -> float:
    """The standard deviation of noise in 8-bit levels, from what a double Laplacian leaves where there are no edges."""
    if min(luma.shape) < 3:
        return 0.0
    rows = luma[:-2] - 2 * luma[1:-1] + luma[2:]
    left = np.abs(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    # The median instead of the mean: edges are few, noise is everywhere. 0.6745 · 6 for a normal distribution.
    return float(np.median(left) / (0.6745 * 6))


def _clipping(pixels: Array) -> float:
    """The share of pixels that are all black or all white."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    lightest, darkest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return float(((lightest <= 2) | (darkest >= 253)).mean())


def _sound(sharp: float, noise: float, clipped: float) -> float:
    wishes = (
        np.interp(sharp, [0.0, 0.02, 0.12], [0.0, 0.3, 1.0]),
        np.interp(noise, [0.0, 5.0, 25.0], [1.0, 1.0, 0.0]),
        np.interp(clipped, [0.0, 0.1, 0.7], [1.0, 1.0, 0.0]),
    )
    return float(np.prod(np.maximum(wishes, 1e-3)) ** (1 / len(wishes)))


def _symmetry(small: Array) -> float:
    """Correlation of the lightness with its own mirror image, left to right or upside down, whichever is higher."""
    deviation = small - small.mean()
    power = (deviation**2).sum()
    if power < 1e-9:
        return 0.0
    mirrored = [(deviation * deviation[:, ::-1]).sum(), (deviation * deviation[::-1]).sum()]
    return float(np.clip(max(mirrored) / power, 0.0, 1.0))


def _interest(small: Array) -> tuple[float, float]:
    """How much what stands out is gathered in a part of the picture, and how near that lies to a point of thirds."""
    out = np.abs(small - small.mean()) + np.hypot(*np.gradient(small))
    if out.sum() < 1e-9:
        return 0.0, 0.0
    weight = out**2 / (out**2).sum()
    rows, columns = np.mgrid[0 : small.shape[0], 0 : small.shape[1]]
    down, across = rows / max(1, small.shape[0] - 1), columns / max(1, small.shape[1] - 1)
    at = ((weight * down).sum(), (weight * across).sum())
    spread = float(np.sqrt((weight * ((down - at[0]) ** 2 + (across - at[1]) ** 2)).sum()))
    away = min(np.hypot(at[0] - y, at[1] - x) for y in (1 / 3, 1 / 2, 2 / 3) for x in (1 / 3, 1 / 2, 2 / 3))
    # An even spread over a unit square has a deviation of √(1/6) = 0.41; then the middle of it says little.
    focus = float(np.clip((0.41 - spread) / 0.2, 0, 1))
    return focus, float(np.clip(1 - away / 0.25, 0, 1)) * min(1.0, 0.4 + 3 * focus)


def _ease(small: Array) -> float:
    """One where calm and busy parts are both there, zero where the whole picture is equally busy or empty."""
    side = max(1, min(small.shape) // 6)
    height, width = (length // side * side for length in small.shape)
    slope = np.hypot(*np.gradient(small))[:height, :width]
    cells = slope.reshape(height // side, side, width // side, side).mean((1, 3))
    if cells.mean() < 1e-6:
        return 0.0
    return float(np.clip(cells.std() / cells.mean(), 0, 1))
