"""Pictures in OKLab, where equal distances look equally far apart, and the contrast of two colours by WCAG 2.

The conversion is Björn Ottosson's (2020). float32 throughout; element by element, so that no library's threads matter.
"""

import numpy as np
from numpy.typing import NDArray

from generation.engines.base import Pixels

__all__ = ["Floats", "contrast", "from_pixels", "hexadecimal", "luminance", "parse_hexadecimal", "to_pixels"]

Floats = NDArray[np.float32]

_RGB_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LMS_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_LAB_TO_LMS = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_LMS_TO_RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


def from_pixels(pixels: Pixels) -> Floats:
    """8-bit sRGB (…, 3) to OKLab (…, 3): lightness 0 … 1, then green to red and blue to yellow, about ±0.3."""
    return _mixed(np.cbrt(_mixed(_LINEAR[pixels], _RGB_TO_LMS)), _LMS_TO_LAB)


def to_pixels(lab: Floats) -> Pixels:
    """OKLab to 8-bit sRGB; what lies outside the gamut is clipped channel by channel."""
    linear = np.clip(_mixed(_mixed(lab, _LAB_TO_LMS) ** 3, _LMS_TO_RGB), 0.0, 1.0)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** np.float32(1 / 2.4) - 0.055)
    pixels: Pixels = np.rint(coded * 255).astype(np.uint8)
    return pixels


def _mixed(values: Floats, rows: tuple[tuple[float, float, float], ...]) -> Floats:
    one, two, three = values[..., 0], values[..., 1], values[..., 2]
    return np.stack([one * np.float32(a) + two * np.float32(b) + three * np.float32(c) for a, b, c in rows], -1)


def parse_hexadecimal(colour: str) -> Pixels:
    """#RRGGBB to three bytes."""
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], np.uint8)


def hexadecimal(colour: Pixels) -> str:
    """Three bytes to #RRGGBB."""
    return "#" + "".join(f"{int(part):02X}" for part in colour)


def luminance(colours: Pixels) -> Floats:
    """Relative luminance by WCAG 2, 0 … 1, of one colour or many (…, 3)."""
    linear = _LINEAR[colours]
    brightness: Floats = linear[..., 0] * np.float32(0.2126) + linear[..., 1] * np.float32(0.7152)
    return brightness + linear[..., 2] * np.float32(0.0722)


def contrast(one: Pixels, other: Pixels) -> float:
    """The least contrast ratio by WCAG 2 of a colour, or of many, with another: 1 (equal) … 21 (black on white).

    4.5 is enough for text of any size.
    """
    first, second = luminance(one), luminance(other)
    ratio = (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)
    return float(ratio.min())
