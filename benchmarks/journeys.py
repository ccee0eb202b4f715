"""What happens to pictures on their way through the world: for the table of recovery, and for tests."""

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["JOURNEYS"]

Pixels = NDArray[np.uint8]


def _as_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def _resized(pixels: Pixels, factor: float, how: Image.Resampling) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((round(width * factor), round(height * factor)), how))


def _cropped(pixels: Pixels) -> Pixels:
    """Nine tenths of each side, off the middle."""
    height, width = pixels.shape[:2]
    top, left = round(height * 0.07), round(width * 0.03)
    return pixels[top : top + round(height * 0.9), left : left + round(width * 0.9)]


def _rotated(pixels: Pixels) -> Pixels:
    """By five degrees, on black."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 5, 1)
    return np.asarray(cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC), np.uint8)


JOURNEYS: dict[str, Callable[[Pixels], bytes]] = {
    "JPEG, quality 70": lambda pixels: _as_jpeg(pixels, 70),
    "half size": lambda pixels: _as_jpeg(_resized(pixels, 0.5, Image.Resampling.LANCZOS)),
    "10 % cropped": lambda pixels: _as_jpeg(_cropped(pixels)),
    "rotated by 5°": lambda pixels: _as_jpeg(_rotated(pixels)),
    "mirrored": lambda pixels: _as_jpeg(np.ascontiguousarray(pixels[:, ::-1])),
    "screenshot": lambda pixels: _as_jpeg(_resized(pixels, 0.77, Image.Resampling.BILINEAR), 80),
}
