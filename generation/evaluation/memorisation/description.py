"""What the detectors look at: a picture at 64 px, as a perceptual hash, as directions of its edges, and as a thumbnail.

Nothing larger than 64 px is looked at, so paper grain, compression and enlarging do not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.pictures import oklab

__all__ = [
    "AREA",
    "EDGES",
    "THUMBNAIL",
    "Floats",
    "Lab",
    "Pixels",
    "Placed",
    "cells",
    "edges",
    "hashes",
    "lab",
    "placed",
    "reduced",
    "thumbnail",
    "tiles",
]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Lab = NDArray[np.float32]

SIDE, _LARGEST = 64, 256
_CELLS, _DIRECTIONS = 8, 8
_FAINT = 0.128
EDGES = _CELLS * _CELLS * _DIRECTIONS
_LIGHT, _COLOUR = 16, 8
THUMBNAIL = _LIGHT**2 + 2 * _COLOUR**2
# Lightness and colour weigh alike, area for area.
AREA: Floats = np.repeat([1 / _LIGHT**2, 1 / _COLOUR**2], [_LIGHT**2, 2 * _COLOUR**2]).astype(np.float32)
# Of a whole that the picture may be a part of: the part of its side, and at how many places along each side.
_PARTS = ((0.92, 4), (0.85, 8))


@dataclass(frozen=True)
class Placed:
    """Thumbnails of wholes, (n, THUMBNAIL), with the picture at some place in each; `known`: 1 where it covers them."""

    thumbnails: Floats
    known: Floats


def reduced(pixels: Pixels) -> Pixels:
    """No side longer than 256 px: done once, it spares each detector the large picture, and takes nothing they see."""
    import cv2

    height, width = (min(side, _LARGEST) for side in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def lab(pixels: Pixels, side: int = SIDE) -> Lab:
    """The picture in OKLab (Ottosson 2020), (side, side, 3); its shape is not kept."""
    import cv2  # 40 MB, which a web process that only imports this must not carry

    small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    return oklab(small.astype(np.float32) / 255).astype(np.float32)


def hashes(pixels: Pixels) -> NDArray[np.uint64]:
    """PDQ (Davis and Rosen 2019) of the picture in its eight orientations, itself first: (8, 4)."""
    import pdqhash

    bits, _quality = pdqhash.compute_dihedral(np.ascontiguousarray(pixels))
    return np.stack([np.packbits(one) for one in bits]).view(np.uint64)


def edges(seen: Lab) -> Floats:
    """How strongly the picture changes into which direction, in each of 64 cells: (EDGES,).

    Directions are those of the structure tensor over lightness and both colours (Di Zenzo 1986), so that other colours
    leave them as they are; each cell is made equally strong (Dalal and Triggs 2005) unless it is nearly empty.
    """
    import cv2

    across, down = cv2.Sobel(seen, cv2.CV_32F, 1, 0), cv2.Sobel(seen, cv2.CV_32F, 0, 1)
    xx, yy, xy = (across**2).sum(2), (down**2).sum(2), (across * down).sum(2)
    strength = np.sqrt(np.maximum((xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + xy**2), 0))
    turn = (np.arctan2(2 * xy, xx - yy) / 2 % np.pi) / np.pi * _DIRECTIONS
    lower = np.floor(turn)
    share = turn - lower
    histogram = np.zeros((SIDE, SIDE, _DIRECTIONS), np.float32)
    row, column = np.indices((SIDE, SIDE))
    histogram[row, column, lower.astype(int) % _DIRECTIONS] += strength * (1 - share)
    histogram[row, column, (lower.astype(int) + 1) % _DIRECTIONS] += strength * share
    step = SIDE // _CELLS
    strong = histogram.reshape(_CELLS, step, _CELLS, step, _DIRECTIONS).sum((1, 3))
    even = strong / (np.linalg.norm(strong, axis=2, keepdims=True) + _FAINT)
    return np.asarray(even, np.float32).ravel()


def thumbnail(seen: Lab) -> Floats:
    """Lightness at 16 × 16 from -0.5 to 0.5, then both colours at 8 × 8: (THUMBNAIL,)."""
    light = seen[..., 0].reshape(_LIGHT, 4, _LIGHT, 4).mean((1, 3)) - 0.5
    colour = seen[..., 1:].reshape(_COLOUR, 8, _COLOUR, 8, 2).mean((1, 3))
    return np.concatenate([light.ravel(), colour.ravel()])


def cells(seen: Floats) -> Floats:
    """Edges (n, EDGES) by cell, in the order of `tiles`: (64, 8, n)."""
    return seen.reshape(-1, _CELLS**2, _DIRECTIONS).transpose(1, 2, 0)


def tiles(thumbnails: Floats) -> Floats:
    """Thumbnails (n, THUMBNAIL) as 64 tiles, each with its lightness at 2 × 2 and its two colours: (64, 6, n)."""
    light = thumbnails[:, : _LIGHT**2].reshape(-1, _COLOUR, 2, _COLOUR, 2).transpose(1, 3, 2, 4, 0)
    colour = thumbnails[:, _LIGHT**2 :].reshape(-1, _COLOUR, _COLOUR, 2).transpose(1, 2, 3, 0)
    count = _COLOUR**2
    return np.concatenate([light.reshape(count, 4, -1) / 2, colour.reshape(count, 2, -1)], 1)


def placed(pixels: Pixels) -> Placed:
    """The picture as it is and mirrored, then as 0.92 and 0.85 of a whole, at places evenly spread over it."""
    whole = [thumbnail(lab(one)) for one in (pixels, pixels[:, ::-1])]
    parts = [thumbnail(one) for one in _wholes(pixels)]
    return Placed(np.stack(whole + parts), _known())


def _places() -> Iterator[tuple[int, int, int]]:
    for part, places in _PARTS:
        side = round(SIDE * part)
        steps = np.linspace(0, SIDE - side, places).round().astype(int).tolist()
        yield from ((side, top, left) for top in steps for left in steps)


def _wholes(pixels: Pixels) -> Iterator[Lab]:
    small = {round(SIDE * part): lab(pixels, round(SIDE * part)) for part, _ in _PARTS}
    for side, top, left in _places():
        whole = np.zeros((SIDE, SIDE, 3), np.float32)
        whole[top : top + side, left : left + side] = small[side]
        yield whole


@cache
def _known() -> Floats:
    """1 for the numbers of a thumbnail that the part covers wholly."""
    rows = [np.ones(THUMBNAIL), np.ones(THUMBNAIL)]
    for side, top, left in _places():
        cover = np.zeros((SIDE, SIDE, 3), np.float32)
        cover[top : top + side, left : left + side] = 1
        rows.append(thumbnail(cover) + np.repeat([0.5, 0], [_LIGHT**2, 2 * _COLOUR**2]) > 0.999)
    return np.stack(rows).astype(np.float32)
