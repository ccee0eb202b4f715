"""A look at what a distance field has learnt: quick grey ones while it trains, photographs once it is done."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.engines import sculpture_field, sculpture_still
from generation.engines.base import EngineError
from generation.engines.sculpture import SculptureEngine
from generation.engines.sculpture_materials import MATERIALS
from generation.engines.sculpture_network import DistanceField

__all__ = ["shade", "write_photographs", "write_sheet"]

_SIDE = 48
_SPAN = 1.05
_LIGHT = np.array([-0.5, 0.6, 0.62])
_COLUMNS, _PHOTOGRAPH, _CELLS, _TURN = 4, 320, 96, 0.55


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


def write_photographs(network: DistanceField, path: Path) -> None:
    """Two new sculptures of each family, four in a row, each in the next material, as one PNG."""
    engine, materials = SculptureEngine(network, weights_sha256=""), list(MATERIALS.values())
    pictures = []
    for place in range(2 * len(network.arch.families)):
        latent = engine.drawn(network.arch.families[place // 2], place)
        with torch.inference_mode():
            folded = network.fold(latent[None])
        material = materials[(place + place // len(materials)) % len(materials)]
        try:
            lattice = sculpture_field.lattice_of(folded, cells=_CELLS, plinth=("round", "square")[place % 2])
        except EngineError:
            continue  # a run that was stopped early knows no solids yet
        pictures.append(sculpture_still.photograph(lattice, material, side=_PHOTOGRAPH, turn=_TURN, seed=place))
    missing = -len(pictures) % _COLUMNS if pictures else _COLUMNS
    pictures += [np.full((_PHOTOGRAPH, _PHOTOGRAPH, 3), 255, np.uint8)] * missing
    rows = [np.concatenate(pictures[start : start + _COLUMNS], 1) for start in range(0, len(pictures), _COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(path, optimize=True)


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
