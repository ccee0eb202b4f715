"""How near a picture comes to others: 64 small numbers for each, and the nearest among many.

The numbers are colours and busyness of a four by four grid. They find the same motif in the same place and colours,
also after scaling and compression; they do not find crops, mirror images, or the same idea drawn differently.

    python -m generation.evaluation.novelty datasets/studio-1

writes those of a recipe's pictures beside their dataset.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.evaluation.pictures import averaged, oklab

__all__ = ["FILE", "LENGTH", "as_text", "descriptor", "from_text", "nearest", "novelty", "of_dataset", "read"]

Pixels = NDArray[np.uint8]
Descriptors = NDArray[np.int8]

LENGTH = 64
FILE = "looks-grid64.npy"
# First in each text: numbers that another method made are never compared with these.
_METHOD = "grid64:"
_GRID = 4
_SIDE = 8 * _GRID
_TO_INTEGER = np.array([110.0, 280.0, 280.0])
# Two studio pictures of different families are about this far apart, in the middle: 1 on the scale of novelty.
_FAR = 39.0
_MAX_ROWS = 1_000_000


def descriptor(pixels: Pixels) -> Descriptors:
    """64 numbers from -127 to 127: mean OKLab of sixteen parts, then how busy each is."""
    rows, columns = (_even(side) for side in pixels.shape[:2])
    even = pixels if pixels.shape[:2] == (len(rows), len(columns)) else pixels[np.ix_(rows, columns)]
    small = averaged(even, len(rows) // _SIDE, len(columns) // _SIDE)
    lab = oklab(small / 255)
    cells = lab.reshape(_GRID, 8, _GRID, 8, 3)
    colours = (cells.mean((1, 3)) - [0.5, 0, 0]) * _TO_INTEGER * [2, 1, 1]
    slope = np.hypot(*np.gradient(lab[..., 0])).reshape(_GRID, 8, _GRID, 8).mean((1, 3))
    busy = 127 * np.tanh(12 * slope)
    numbers = np.concatenate([colours.ravel(), busy.ravel()])
    whole: Descriptors = np.clip(np.rint(numbers), -127, 127).astype(np.int8)
    return whole


def _even(side: int) -> NDArray[np.intp]:
    """A whole multiple of 32 places, evenly spread over a side of any length."""
    return np.linspace(0, side - 1, max(1, side // _SIDE) * _SIDE).round().astype(np.intp)


def nearest(one: Descriptors, others: Descriptors) -> tuple[int, float]:
    """The place and the distance (root mean square of the differences) of the nearest row; -1 and infinity for none."""
    if not len(others):
        return -1, float("inf")
    away = others.astype(np.int16) - one.astype(np.int16)
    squares = np.einsum("ij,ij->i", away.astype(np.float32), away.astype(np.float32))
    place = int(squares.argmin())
    return place, float(np.sqrt(squares[place] / LENGTH))


def novelty(one: Descriptors, others: Descriptors) -> float:
    """0 for a picture that is there already, 1 for one that is unlike every other."""
    return round(min(1.0, nearest(one, others)[1] / _FAR), 4)


def as_text(one: Descriptors) -> str:
    """The numbers with the name of the method, to be kept in a row."""
    return _METHOD + one.tobytes().hex()


def from_text(text: object) -> Descriptors | None:
    """The numbers again; None for what another method wrote, or for something else."""
    if not isinstance(text, str) or not text.startswith(_METHOD) or len(text) != len(_METHOD) + 2 * LENGTH:
        return None
    try:
        return np.frombuffer(bytes.fromhex(text.removeprefix(_METHOD)), np.int8)
    except ValueError:
        return None


def read(folder: Path) -> Descriptors | None:
    """Those of a dataset's pictures, or None where none were written."""
    try:
        rows = np.load(folder / FILE, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    fits = rows.dtype == np.int8 and rows.ndim == 2 and rows.shape[1] == LENGTH and len(rows) <= _MAX_ROWS
    return np.asarray(rows) if fits else None


def of_dataset(folder: Path) -> Descriptors:
    """Draw every picture of a frozen recipe and describe it."""
    from generation.training import manifest
    from generation.training.studio import render

    frozen = manifest.load(folder)
    return np.stack([descriptor(render(item.recipe(frozen.size))) for item in frozen.items])


def main(arguments: list[str]) -> int:
    """Write the numbers of each named dataset beside it."""
    for name in arguments:
        rows = of_dataset(Path(name))
        np.save(Path(name) / FILE, rows, allow_pickle=False)
        sys.stdout.write(f"{name}: {len(rows)} pictures, {rows.nbytes} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
