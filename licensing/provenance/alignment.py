"""Lays a picture that was cropped, turned or shrunk onto the original that it may come from.

By maximising the correlation of their lightness (Evangelidis and Psarakis, 2008), coarse to fine, from a few starts:
corner matching fails on smooth pictures, and this does not. Pure.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Aligned", "onto", "turned"]

Plane = NDArray[np.float32]

ORIENTATIONS = 8
_COARSE, _FINER, _FINE = 64, (128, 256, 512), 512
# Scale and degrees of what is left when a picture was cropped or turned a little.
_BEGINNINGS = ((1.0, 0), (0.9, 0), (1.0, 5), (1.0, -5), (0.85, 5), (0.85, -5))
# Correlations at 64 px and from 128 px on: what came from the original passes both by far.
_SURE, _HOPELESS, _UNLIKE = 0.995, 0.6, 0.85
_BORDER = 9


@dataclass(frozen=True)
class Aligned:
    """`lightness` on the original's grid where `seen`; `likeness` is their correlation, at most 1."""

    lightness: Plane
    seen: NDArray[np.bool_]
    likeness: float


def turned(lightness: Plane, orientation: int) -> Plane:
    """One of the eight ways to turn and mirror a picture; 0 leaves it as it is."""
    quarter = np.rot90(lightness, orientation % 4)
    return np.ascontiguousarray(quarter[:, ::-1] if orientation >= 4 else quarter)


def onto(picture: Plane, original: Plane) -> Aligned | None:
    """`picture` on the grid of `original`, both 512 px square; None where they have nothing in common."""
    import cv2

    found = _coarsely(picture, original)
    if found is None or found[0] < _HOPELESS:
        return None
    likeness, moved = found
    for side in _FINER:
        fitted = _fitted(_shrunk(picture, side), _shrunk(original, side), _doubled(moved), steps=40)
        if fitted is None or fitted[0] < _UNLIKE:
            return None
        likeness, moved = fitted
    how = cv2.WARP_INVERSE_MAP
    lightness: Any = cv2.warpAffine(picture, moved, (_FINE, _FINE), flags=how | cv2.INTER_CUBIC)
    there = cv2.warpAffine(np.ones_like(picture), moved, (_FINE, _FINE), flags=how | cv2.INTER_LINEAR)
    seen = cv2.erode((there > 0.99).astype(np.uint8), np.ones((_BORDER, _BORDER), np.uint8)) > 0
    return Aligned(lightness, seen, likeness) if seen.any() else None


def _coarsely(picture: Plane, original: Plane) -> tuple[float, Any] | None:
    import cv2

    small, wanted = _shrunk(picture, _COARSE), _shrunk(original, _COARSE)
    best: tuple[float, Any] | None = None
    middle = ((_COARSE - 1) / 2, (_COARSE - 1) / 2)
    for scale, degrees in _BEGINNINGS:
        begun = cv2.getRotationMatrix2D(middle, degrees, 1 / scale).astype(np.float32)
        found = _fitted(small, wanted, begun, steps=40)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
        if best is not None and best[0] > _SURE:
            break
    return best


def _fitted(picture: Plane, original: Plane, moved: Any, *, steps: int) -> tuple[float, Any] | None:
    import cv2

    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, 1e-5)
    try:
        likeness, matrix = cv2.findTransformECC(original, picture, moved, cv2.MOTION_AFFINE, until)
    except cv2.error:  # it says so when it finds no way from where it began
        return None
    return (float(likeness), matrix) if np.isfinite(likeness) else None


def _doubled(moved: Any) -> Any:
    """The same movement between pictures of twice the side; pixels have their middles at half numbers."""
    linear, shift = moved[:, :2], moved[:, 2]
    return np.column_stack([linear, shift * 2 + 0.5 - linear @ [0.5, 0.5]]).astype(np.float32)


def _shrunk(lightness: Plane, side: int) -> Plane:
    import cv2

    return np.asarray(cv2.resize(lightness, (side, side), interpolation=cv2.INTER_AREA), np.float32)
