"""Fingerprints that find a picture again: PDQ, 256 bits (Davis and Rosen, 2019), of the whole and of parts of it.

A crop or a slight turn is near one of the parts; what was mirrored or laid on its side is looked for in eight
orientations. Near means few
differing bits; that two pictures are near proves nothing. Pure.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from licensing.provenance.alignment import ORIENTATIONS, turned

__all__ = ["ALGORITHM", "LENGTH", "distances", "of_piece", "of_stranger"]

Plane = NDArray[np.float32]
Bits = NDArray[np.uint8]

ALGORITHM = "org.vernissage.pdq-parts-1"
LENGTH = 32
_KEPT = 0.9
_TURNED, _KEPT_OF_TURNED = 5.0, 0.83
_PLACES = ((0.5, 0.5), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def of_piece(lightness: Plane) -> list[bytes]:
    """32 bytes each: of the whole, its middle and its corners, then of it turned a little each way, and that middle."""
    side = lightness.shape[0]
    kept = round(side * _KEPT)
    parts = [lightness]
    for down, across in _PLACES:
        top, left = round((side - kept) * down), round((side - kept) * across)
        parts.append(lightness[top : top + kept, left : left + kept])
    for degrees in (_TURNED, -_TURNED):
        leaning = _leaning(lightness, degrees)
        cut = round(side * (1 - _KEPT_OF_TURNED) / 2)
        parts += [leaning, leaning[cut : side - cut, cut : side - cut]]
    return [_pdq(part) for part in parts]


def of_stranger(lightness: Plane) -> Bits:
    """Of the picture in each of its eight orientations: (8, 32) bytes, as `alignment.turned` numbers them."""
    hashes = [_pdq(turned(lightness, orientation)) for orientation in range(ORIENTATIONS)]
    return np.stack([np.frombuffer(one, np.uint8) for one in hashes])


def distances(one: Bits, others: Bits) -> NDArray[np.int64]:
    """In how many bits `one`, (32,), differs from each row of `others`, (n, 32)."""
    differing = np.bitwise_count(others.view(np.uint64) ^ one.view(np.uint64))
    counted: NDArray[np.int64] = differing.sum(1, dtype=np.int64)
    return counted


def _leaning(lightness: Plane, degrees: float) -> Plane:
    import cv2

    side = lightness.shape[0]
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), degrees, 1)
    leaning: Any = cv2.warpAffine(lightness, turn, (side, side))
    return np.asarray(leaning, np.float32)


def _pdq(lightness: Plane) -> bytes:
    import pdqhash

    grey = np.clip(np.rint(lightness), 0, 255).astype(np.uint8)
    bits, _ = pdqhash.compute(np.repeat(grey[..., None], 3, 2))
    return np.packbits(bits).tobytes()
