"""What is added to a picture at its final size: the grain of paper, drawn from the seed."""

import numpy as np
from numpy.typing import NDArray

from generation.engines.base import Pixels

__all__ = ["add_grain"]

_AMPLITUDE = 0.055
# Keeps the grain's stream apart from whatever else may one day be drawn from the same seed.
_STREAM = 0x6772_6169


def add_grain(picture: NDArray[np.float32], *, seed: int, strength: float) -> Pixels:
    """A picture (height, width, 3) of about -1 … 1 to 8-bit sRGB, with paper grain of `strength` 0 … 1.

    The grain lightens and darkens without changing hue, at two scales, and least in the darkest and lightest tones.
    """
    height, width = picture.shape[:2]
    picture = np.clip(picture, -1.0, 1.0)
    if strength > 0:
        random = np.random.default_rng([_STREAM, seed])
        fine = random.standard_normal((height, width), np.float32)
        coarse = random.standard_normal((height // 2 + 1, width // 2 + 1), np.float32)
        grain = fine * np.float32(0.55) + coarse.repeat(2, 0).repeat(2, 1)[:height, :width] * np.float32(0.45)
        tone = picture.mean(2)
        grain *= (np.float32(1.15) - tone * tone) * np.float32(strength * _AMPLITUDE)
        picture = np.clip(picture + grain[..., None], -1.0, 1.0)
    pixels: Pixels = np.rint((picture + np.float32(1.0)) * np.float32(127.5)).astype(np.uint8)
    return pixels
