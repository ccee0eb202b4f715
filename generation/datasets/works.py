"""The pictures of a frozen dataset, each seen by the digest of its item: drawn again, or read from its file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.datasets import pictures
from generation.training import frozen, manifest

__all__ = ["Pixels", "Works", "works"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Works:
    """The digests of a dataset's items in its order, and how to see one: 8-bit RGB, by its place."""

    digests: Sequence[str]
    see: Callable[[int], Pixels]


def works(folder: Path) -> Works:
    """Those of a studio's recipe or of frozen picture files.

    Raises FrozenError for what cannot be read, ValueError for a dataset of something else than pictures.
    """
    described = frozen.describe(folder)
    if described.get("source") == manifest.SOURCE:
        return _drawn(folder)
    if described.get("kind") != "picture":
        raise ValueError(f"{folder.name} holds no pictures; only pictures are compared.")
    return _files(folder)


def _drawn(folder: Path) -> Works:
    from generation.training.studio import render

    known = manifest.load(folder)
    return Works([item.sha256 for item in known.items], lambda place: render(known.items[place].recipe(known.size)))


def _files(folder: Path) -> Works:
    items = frozen.load(folder).items
    files = [folder / str(item["file"]) for item in items]

    def see(place: int) -> Pixels:
        return np.asarray(pictures.opened(pictures.read(files[place]), files[place].name).convert("RGB"))

    return Works([str(item["sha256"]) for item in items], see)
