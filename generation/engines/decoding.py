"""Input pictures from bytes that somebody else sent: bounded before they are read, upright, in RGB, never moving."""

import io
import struct

import numpy as np
from PIL import Image, ImageOps

from generation.engines.base import EngineError, Pixels

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_RATIO",
    "MAX_SIDE",
    "MIN_SIDE",
    "decoded",
    "decoded_with_alpha",
    "fitted",
    "missing",
]

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
MIN_SIDE = 16
MAX_RATIO = 20
_FORMATS = ("PNG", "JPEG", "WEBP")
# What Pillow raises over files that lie about themselves.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, OverflowError, ArithmeticError)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def decoded(data: bytes, role: str) -> Pixels:
    """uint8 sRGB (height, width, 3) of a PNG, JPEG or WebP; what is see-through lies on white.

    Raises EngineError `input_unreadable` or `input_too_large`; `role` names the input in its sentence.
    """
    return np.array(_flattened(_opened(data, role)))


def decoded_with_alpha(data: bytes, role: str) -> Pixels:
    """uint8 (height, width, 4) with what is see-through left so: for logos. Raises as `decoded` does."""
    picture = _opened(data, role)
    return np.array(picture.convert("RGBA") if picture.has_transparency_data else _flattened(picture).convert("RGBA"))


def _opened(data: bytes, role: str) -> Image.Image:
    """The picture, read to its end and upright."""
    if len(data) > MAX_BYTES:
        raise _too_large(role)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check(picture, role)
            picture.load()
            return ImageOps.exif_transpose(picture)
    except _BOMBS as error:
        raise _too_large(role) from error
    except _BROKEN as error:
        raise _unreadable(role, "it cannot be read as a whole PNG, JPEG or WebP file.") from error


def _check(picture: Image.Image, role: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_large(role)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise _unreadable(role, f"one side may be {MAX_RATIO} times as long as the other at most.")
    if min(width, height) < MIN_SIDE:
        raise _unreadable(role, f"both its sides must have {MIN_SIDE} pixels at least.")
    if getattr(picture, "is_animated", False):
        raise _unreadable(role, "it moves; one still picture is needed.")


def _flattened(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits: Pillow would clip instead of scaling
        return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")


def fitted(pixels: Pixels, longest: int) -> Pixels:
    """The picture with its longer side at most `longest`, by Lanczos; unchanged where it is no longer."""
    height, width = pixels.shape[:2]
    if max(width, height) <= longest:
        return pixels
    scale = longest / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def missing(role: str) -> EngineError:
    """The error of an input that is needed and not there."""
    return EngineError("input_missing", f"The input {role} is needed: a picture to work from.")


def _too_large(role: str) -> EngineError:
    bounds = f"{MAX_BYTES // 2**20} MB, {MAX_PIXELS // 1_000_000} million pixels and {MAX_SIDE} pixels a side"
    return EngineError("input_too_large", f"The input {role} is too large: at most {bounds}.")


def _unreadable(role: str, why: str) -> EngineError:
    return EngineError("input_unreadable", f"The input {role} cannot be used: {why}")
