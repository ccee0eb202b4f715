"""What is kept of a dataset's works to compare pictures with them: one file beside the dataset, without any picture.

Some 700 bytes for each work. From thumbnails of 16 × 16 px nobody can restore a work, but they show its colours; the
file is as open as the dataset's manifest.
"""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.memorisation.description import (
    EDGES,
    THUMBNAIL,
    Floats,
    Pixels,
    cells,
    edges,
    hashes,
    lab,
    thumbnail,
    tiles,
)

__all__ = ["FEWEST", "FILE", "MOST", "VERSION", "Index", "build", "read"]

FILE = "memorisation.npz"
# Another version is never read: its numbers mean something else.
VERSION = 1
# With fewer there is no telling what is usual; with more, a comparison takes over a second.
FEWEST, MOST = 200, 100_000
_KEPT = 160
# Coarse steps keep the file small; they are finer than what compression does to a picture.
_THUMBNAIL_STEPS, _EDGE_STEPS = 200, 31
_FLOOR = 0.1


@dataclass(frozen=True, kw_only=True)
class Index:
    """Of n works: digests (n, 32), PDQ (n, 4), edges (n, EDGES) and thumbnails (n, THUMBNAIL) as they are kept.

    `mean` and `axes` turn edges into whitened ones. `limits`: by detector, the evidence above which a picture counts as
    near; empty before calibration.
    """

    items: NDArray[np.uint8]
    pdq: NDArray[np.uint64]
    edges: NDArray[np.uint8]
    thumbnails: NDArray[np.int8]
    mean: Floats
    axes: Floats
    limits: dict[str, float]

    def __len__(self) -> int:
        return len(self.items)

    def whitened(self, seen: Floats) -> Floats:
        """Edges as a unit vector of 160 numbers that are alike in size and do not go together."""
        return _unit(np.asarray((seen - self.mean) @ self.axes, np.float32))

    @cached_property
    def outlines(self) -> Floats:
        """The edges as `whitened` gives them: (n, 160)."""
        return self.whitened(self._seen)

    @cached_property
    def cells(self) -> Floats:
        """The edges by cell: (64, 8, n)."""
        return np.ascontiguousarray(cells(self._seen))

    @cached_property
    def looks(self) -> Floats:
        """The thumbnails as `description.thumbnail` gives them, up to 1/400."""
        return np.asarray(self.thumbnails.astype(np.float32) / np.float32(_THUMBNAIL_STEPS))

    @cached_property
    def squares(self) -> Floats:
        return np.asarray(self.looks**2)

    @cached_property
    def tiles(self) -> Floats:
        return np.ascontiguousarray(tiles(self.looks))

    @property
    def _seen(self) -> Floats:
        return np.asarray(self.edges.astype(np.float32) / np.float32(_EDGE_STEPS))

    @cached_property
    def cell_squares(self) -> Floats:
        return np.asarray((self.cells**2).sum(1))

    @cached_property
    def tile_squares(self) -> Floats:
        return np.asarray((self.tiles**2).sum(1))

    def write(self, folder: Path) -> None:
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        limits = np.array(list(self.limits.values()), np.float64)
        np.savez_compressed(
            folder / FILE, version=np.array(VERSION), detectors=np.array(list(self.limits)), limits=limits, **arrays
        )


_ARRAYS = {
    "items": (np.uint8, 32),
    "pdq": (np.uint64, 4),
    "edges": (np.uint8, EDGES),
    "thumbnails": (np.int8, THUMBNAIL),
    "mean": (np.float32, None),
    "axes": (np.float32, _KEPT),
}


def build(works: Iterable[tuple[str, Pixels]]) -> Index:
    """The index over works, each with the SHA-256 of its item. Raises ValueError for too few or too many."""
    digests, codes, seen, small = [], [], [], []
    for digest, pixels in works:
        look = lab(pixels)
        digests.append(np.frombuffer(bytes.fromhex(digest), np.uint8))
        codes.append(hashes(pixels)[0])
        seen.append(edges(look))
        small.append(np.clip(np.rint(thumbnail(look) * _THUMBNAIL_STEPS), -127, 127).astype(np.int8))
        if len(digests) > MOST:
            break
    if not FEWEST <= len(digests) <= MOST:
        raise ValueError(f"An index is made over {FEWEST} to {MOST:,} pictures.")
    kept = np.rint(np.stack(seen) * _EDGE_STEPS).astype(np.uint8)
    mean, axes = _whitening(kept.astype(np.float32) / np.float32(_EDGE_STEPS))
    return Index(
        items=np.stack(digests),
        pdq=np.stack(codes),
        edges=kept,
        thumbnails=np.stack(small),
        mean=mean,
        axes=axes,
        limits={},
    )


def read(folder: Path) -> Index | None:
    """The index beside a dataset; None where there is none, where it is not calibrated, or where it is damaged."""
    try:
        with np.load(io.BytesIO((folder / FILE).read_bytes()), allow_pickle=False) as stored:
            if int(stored["version"]) != VERSION:
                return None
            arrays = {name: stored[name] for name in _ARRAYS}
            limits = {
                str(name): float(value) for name, value in zip(stored["detectors"], stored["limits"], strict=True)
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Index(**arrays, limits=limits) if limits and _sound(arrays) else None


def _unit(rows: Floats) -> Floats:
    long = np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6)
    return np.asarray(rows / long, np.float32)


def _sound(arrays: dict[str, NDArray[np.generic]]) -> bool:
    fits = all(
        arrays[name].dtype == kind and (width is None or arrays[name].shape[1:] == (width,))
        for name, (kind, width) in _ARRAYS.items()
    )
    counts = {len(arrays[name]) for name in ("items", "pdq", "edges", "thumbnails")}
    lengths = len(arrays["mean"]) == len(arrays["axes"]) == EDGES
    return fits and lengths and len(counts) == 1 and FEWEST <= counts.pop() <= MOST


def _whitening(seen: Floats) -> tuple[Floats, Floats]:
    """The mean, and the 160 principal axes divided by their spread; rare directions are not blown up."""
    mean = seen.mean(0)
    spread, axes = np.linalg.eigh(np.cov((seen - mean).T))
    spread, axes = spread[::-1][:_KEPT], axes[:, ::-1][:, :_KEPT]
    scaled = axes / np.sqrt(spread + _FLOOR * spread.mean())
    return mean.astype(np.float32), scaled.astype(np.float32)
