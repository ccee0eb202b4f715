"""Palettes chosen in OKLCH, so that lightness steps look even and hues harmonise.

The conversion is Björn Ottosson's OKLab (2020). Colours leave here as gamma-encoded sRGB, float64 in 0…1.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "oklch", "palette", "ramp"]

Array = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_GAMUT_STEPS = 12


def _linear(lightness: Array, chroma: Array, hue: Array) -> Array:
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1)
    linear: Array = ((lab[..., None, :] * _TO_LMS).sum(-1)[..., None, :] ** 3 * _TO_RGB).sum(-1)
    return linear


def oklch(lightness: Array, chroma: Array, hue: Array) -> Array:
    """Arrays of one shape to sRGB with a last axis of three; chroma gives way until the colour fits the gamut."""
    lightness, chroma, hue = np.broadcast_arrays(lightness, chroma, hue)
    low, high = np.zeros(chroma.shape), np.ones(chroma.shape)
    for _ in range(_GAMUT_STEPS):
        middle = (low + high) / 2
        linear = _linear(lightness, chroma * middle, hue)
        fits = ((linear > -1e-4) & (linear < 1.0001)).all(-1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    linear = np.clip(_linear(lightness, chroma * low, hue), 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _hues(rng: np.random.Generator, count: int) -> Array:
    """Hue offsets of one harmony: analogous, complement, triad, split complement, sweep or one hue with an accent."""
    steps = np.arange(count)
    harmony = int(rng.integers(6))
    side = float(rng.choice([-1.0, 1.0]))
    if harmony == 0:
        return np.linspace(-0.5, 0.5, count) * side
    if harmony == 1:
        return np.where(steps == rng.integers(1, count), np.pi, rng.normal(0.0, 0.22, count))
    if harmony == 2:
        return (steps % 3) * 2 * np.pi / 3 + rng.normal(0.0, 0.1, count)
    if harmony == 3:
        return np.where(steps % 2 == 0, 0.0, np.pi + side * 0.55) + rng.normal(0.0, 0.12, count)
    if harmony == 4:
        return np.linspace(0.0, side * rng.uniform(1.2, 2.6), count)
    return np.where(steps == count - 2, side * rng.uniform(1.9, 2.8), rng.normal(0.0, 0.08, count))


def palette(rng: np.random.Generator, count: int = 5) -> Array:
    """`count` sRGB colours in one harmony, from dark to light: shape (count, 3)."""
    darkest, lightest = rng.uniform(0.22, 0.42), rng.uniform(0.82, 0.95)
    lightness = np.linspace(darkest, lightest, count) + rng.normal(0.0, 0.015, count)
    chroma = rng.uniform(0.07, 0.19) * (1 - ((lightness - 0.62) / 0.62) ** 2) * rng.uniform(0.75, 1.15, count)
    # Warm hues sell and please more often than acid greens: half of all palettes start between red and ochre.
    start = rng.uniform(0.3, 1.5) if rng.random() < 0.4 else rng.uniform(0.0, 2 * np.pi)
    return oklch(lightness, chroma, start + _hues(rng, count))


def ramp(colours: Array, position: Array) -> Array:
    """Colours at `position` 0…1 along a palette, eased between neighbours: the shape of position, then three."""
    place = np.clip(position, 0.0, 1.0) * (len(colours) - 1)
    below = np.minimum(place.astype(np.int64), len(colours) - 2)
    part = (place - below)[..., None]
    part = part * part * (3 - 2 * part)
    blended: Array = colours[below] * (1 - part) + colours[below + 1] * part
    return blended
