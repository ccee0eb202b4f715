"""The training pictures of a frozen dataset at the resolutions of a run, drawn when first needed."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.training import frozen, kept, manifest
from generation.training.studio import SIZE, Pixels, Recipe, render

__all__ = ["OnDevice", "PictureData", "Pictures", "drawn", "read", "shrink"]

PictureData = manifest.Dataset | kept.KeptDataset

_RESOLUTIONS = (16, 32, 64)


def shrink(pixels: Pixels, side: int) -> Pixels:
    """A square picture averaged down to `side`, which divides its own."""
    factor = pixels.shape[0] // side
    parts = pixels.reshape(side, factor, side, factor, 3).astype(np.float64)
    smaller: Pixels = np.rint(parts.mean((1, 3))).astype(np.uint8)
    return smaller


def drawn(families: tuple[str, ...], first_seed: int, count: int, side: int, *, studio: str) -> Tensor:
    """Pictures that are in no dataset, the families taking turns: (count, 3, side, side) from -1 to 1."""
    made = []
    for place in range(count):
        recipe = Recipe(families[place % len(families)], first_seed + place, place, SIZE, studio)
        made.append(torch.from_numpy(shrink(render(recipe), side)))
    return _scaled(torch.stack(made))


def read(folder: Path) -> PictureData:
    """A frozen dataset of pictures: drawn by the studio, or kept as files. Raises ManifestError or ValueError."""
    return manifest.load(folder) if "studio_version" in frozen.describe(folder) else kept.load(folder)


class Pictures:
    """All pictures of a dataset in memory, each drawn and checked against its digest on first use.

    Holds 16 KB a picture: the 128 px original is not kept.
    """

    def __init__(self, dataset: PictureData) -> None:
        self.dataset = dataset
        count = len(dataset.items)
        number = {family: place for place, family in enumerate(dataset.families)}
        self.families = torch.tensor([number[item.family] for item in dataset.items])
        self._drawn = np.zeros(count, bool)
        self._by_side: dict[int, NDArray[np.uint8]] = {
            side: np.zeros((count, side, side, 3), np.uint8) for side in _RESOLUTIONS
        }

    def __len__(self) -> int:
        return len(self.dataset.items)

    def batch(self, indices: Tensor, side: int) -> Tensor:
        """Pictures as (batch, 3, side, side) float32 from -1 to 1."""
        return _scaled(torch.from_numpy(self.pixels(indices, side)))

    def pixels(self, indices: Tensor, side: int) -> NDArray[np.uint8]:
        """Pictures as (batch, side, side, 3) of whole numbers from 0 to 255."""
        places = indices.numpy()
        for place in places[~self._drawn[places]]:
            item, size = self.dataset.items[place], self.dataset.size
            pixels = manifest.draw(item, size) if isinstance(item, manifest.Item) else item.draw(size)
            for small, store in self._by_side.items():
                store[place] = shrink(pixels, small)
            self._drawn[place] = True
        chosen: NDArray[np.uint8] = self._by_side[side][places]
        return chosen


class OnDevice:
    """All pictures of a dataset at one side in the memory of a device, so that a step waits for no copy."""

    def __init__(self, pictures: Pictures, side: int, device: torch.device) -> None:
        self._pixels = torch.from_numpy(pictures.pixels(torch.arange(len(pictures)), side)).to(device)

    def batch(self, indices: Tensor) -> Tensor:
        """Pictures as (batch, 3, side, side) float32 from -1 to 1; equal to those that `Pictures.batch` gives."""
        return _scaled(self._pixels[indices.to(self._pixels.device)])


def _scaled(pixels: Tensor) -> Tensor:
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
