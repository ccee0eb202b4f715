"""What people do to a picture that they took: for the table of memorisation, and for tests. Seeded by a generator."""

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

__all__ = ["COPIES"]

Pixels = NDArray[np.uint8]
# The picture, another one, and where chance comes from.
Copy = Callable[[Pixels, Pixels, Generator], Pixels]


def _worse(pixels: Pixels, _other: Pixels, chance: Generator) -> Pixels:
    """Half as large and back, with noise of eight levels, as a JPEG of quality 50."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(small, (width, height))
    noisy = np.clip(blurred + chance.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=50)
    return np.asarray(Image.open(out))


def _recoloured(pixels: Pixels, _other: Pixels, chance: Generator) -> Pixels:
    """All hues turned by 40° to 320°, half to one and a half times as colourful, darker or lighter."""
    values = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.float32)
    values[..., 0] = (values[..., 0] + chance.uniform(20, 160)) % 180
    values[..., 1] = np.clip(values[..., 1] * chance.uniform(0.5, 1.5), 0, 255)
    values[..., 2] = 255 * (values[..., 2] / 255) ** chance.uniform(0.7, 1.4)
    return np.asarray(cv2.cvtColor(values.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)


def _mirrored(pixels: Pixels, _other: Pixels, _chance: Generator) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def _cropped(pixels: Pixels, _other: Pixels, chance: Generator) -> Pixels:
    """15 % of each side cut off, from anywhere; enlarged again."""
    side = min(pixels.shape[:2])
    kept = round(side * 0.85)
    top, left = chance.integers(0, side - kept + 1, 2)
    part = pixels[top : top + kept, left : left + kept]
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _half_replaced(pixels: Pixels, other: Pixels, chance: Generator) -> Pixels:
    """The upper, lower, left or right half is that of another picture."""
    half = pixels.shape[0] // 2
    halves = (np.s_[:half], np.s_[half:], np.s_[:, :half], np.s_[:, half:])
    where = halves[chance.integers(4)]
    mixed = pixels.copy()
    mixed[where] = other[where]
    return mixed


COPIES: dict[str, Copy] = {
    "worse quality": _worse,
    "recoloured": _recoloured,
    "mirrored": _mirrored,
    "15 % cropped": _cropped,
    "half replaced": _half_replaced,
}
