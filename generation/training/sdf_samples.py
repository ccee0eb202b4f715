"""A quick look at what a distance field has learnt: forms seen from the front, shaded by their slopes."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.engines.sculpture_network import DistanceField

__all__ = ["shade", "write_sheet"]

_SIDE = 48
_SPAN = 1.05
_LIGHT = np.array([-0.5, 0.6, 0.62])


@torch.no_grad()
def write_sheet(network: DistanceField, path: Path) -> None:
    """For each family a row: a learnt form, the one half-way to another, and that other, as one PNG."""
    axis = torch.linspace(-_SPAN, _SPAN, _SIDE)
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(1, -1, 3)
    rows = []
    for codes in network.codes:
        latents = [codes[0], (codes[0] + codes[1]) / 2, codes[1]]
        fields = [network.fold(latent[None])(points).view(_SIDE, _SIDE, _SIDE) for latent in latents]
        rows.append(np.concatenate([shade(field.double().numpy()) for field in fields], 1))
    Image.fromarray(np.concatenate(rows)).save(path)


def shade(field: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A field on a cubic lattice (x, y, z) as a grey picture, seen against z, lit from the upper left."""
    inside = field < 0
    side = len(field)
    depth = side - 1 - np.argmax(inside[:, :, ::-1], 2)
    across, up = np.indices((side, side))
    slopes = [np.asarray(np.gradient(field, axis=axis)) for axis in range(3)]
    outward = np.stack([slope[across, up, depth] for slope in slopes], -1)
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True) + 1e-9
    light = 0.2 + 0.75 * np.clip(outward @ _LIGHT, 0, 1)
    seen = np.where(inside.any(2), light, 0.96)
    grey: NDArray[np.uint8] = np.rint(seen.T[::-1] * 255).astype(np.uint8)
    return grey
