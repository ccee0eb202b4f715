"""Four detectors. Each gives evidence that a picture was taken from a work: 0 for a usual neighbour, more when nearer.

Distances are held against those of the picture's twentieth to sixtieth nearest works, as Carlini and others (2023) do:
what is near to many is no copy of one.
"""

from collections.abc import Callable

import numpy as np

from generation.evaluation.memorisation.description import (
    AREA,
    Floats,
    Lab,
    Pixels,
    cells,
    edges,
    hashes,
    lab,
    placed,
    thumbnail,
    tiles,
)
from generation.evaluation.memorisation.index import Index

__all__ = ["DETECTORS", "Evidence"]

# One number for each work of the index.
Evidence = Floats

_USUAL = slice(20, 60)
# Distances below these are noise: of compression, of rounding.
_BITS, _ANGLE, _SHADE, _TILE, _CELL = 4.0, 0.02, 0.004, 0.006, 0.1
_RARE, _MOST_OF_ONE_TILE, _TILES_PER_UNIT = 40, 4.0, 8.0


def hash_evidence(pixels: Pixels, index: Index) -> Evidence:
    """PDQ in eight orientations: recompressed, rescaled, mirrored or turned works."""
    away = [np.bitwise_count(index.pdq ^ one).sum(1, dtype=np.float32) for one in hashes(pixels)]
    return _against_usual(np.min(away, axis=0), _BITS)


def outline_evidence(pixels: Pixels, index: Index) -> Evidence:
    """Directions of edges and PDQ together: works in other colours, also mirrored."""
    both = (index.whitened(edges(lab(one))) for one in (pixels, pixels[:, ::-1]))
    away: Floats = 1 - np.max([index.outlines @ one for one in both], axis=0)
    return _against_usual(away, _ANGLE) + hash_evidence(pixels, index)


def part_evidence(pixels: Pixels, index: Index) -> Evidence:
    """Colours and shades, whole or as a part at many places: works of which the rim was cut off."""
    seen = placed(pixels)
    weight = seen.known * AREA
    squares = weight @ index.squares.T - 2 * (weight * seen.thumbnails) @ index.looks.T
    squares += (weight * seen.thumbnails**2).sum(1, keepdims=True)
    away = np.sqrt(np.maximum(squares / weight.sum(1, keepdims=True), 0))
    return np.asarray(_against_usual(away, _SHADE).max(0))


def tile_evidence(pixels: Pixels, index: Index) -> Evidence:
    """Shades and edges in 64 tiles, each against how near other works come there: works of which a part was replaced.

    A tile that is like those of many works, blank paper say, counts for nothing.
    """
    both = (_of_tiles(lab(one), index) for one in (pixels, pixels[:, ::-1]))
    return np.asarray(np.max(list(both), axis=0))


DETECTORS: dict[str, Callable[[Pixels, Index], Evidence]] = {
    "pdq-8": hash_evidence,
    "outline": outline_evidence,
    "part": part_evidence,
    "tiles": tile_evidence,
}


def _against_usual(away: Floats, noise: float) -> Evidence:
    """Along the last axis: how many times nearer than the usual neighbour, as a natural logarithm."""
    near: Floats = np.sort(np.partition(away, _USUAL.stop, axis=-1)[..., : _USUAL.stop], axis=-1)
    usual = near[..., _USUAL].mean(-1, keepdims=True)
    return np.asarray(np.log((usual + noise) / (away + noise)))


def _of_tiles(seen: Lab, index: Index) -> Evidence:
    shades = _rarely(tiles(thumbnail(seen)[None])[..., 0], index.tiles, index.tile_squares, _TILE)
    outlines = _rarely(cells(edges(seen)[None])[..., 0], index.cells, index.cell_squares, _CELL)
    return np.asarray((shades + outlines) / _TILES_PER_UNIT)


def _rarely(mine: Floats, theirs: Floats, squares: Floats, noise: float) -> Evidence:
    """How much nearer than the fortieth nearest work each comes, summed over the tiles."""
    away = squares + (mine**2).sum(1, keepdims=True) - 2 * np.einsum("td,tdn->tn", mine, theirs)
    away = np.sqrt(np.maximum(away, 0)) + noise
    rare = np.partition(away, _RARE, axis=1)[:, _RARE, None]
    return np.asarray(np.clip(np.log(rare / away), 0, _MOST_OF_ONE_TILE).sum(0))
