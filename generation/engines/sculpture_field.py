"""A sculpture as a field on a lattice: a latent's form, found from coarse to fine, joined to the plinth it stands on.

Only lattice points near the surface ask the network at the finer steps; elsewhere the coarser field is good enough.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generation.engines.base import EngineError
from generation.engines.sculpture_network import Folded

__all__ = ["PLINTHS", "SPAN", "Lattice", "lattice_of"]

Volume = NDArray[np.float32]

# Forms lie within ±1; the lattice goes a little beyond, so that every surface closes.
SPAN = 1.1
PLINTHS = ("round", "square", "none")

_CHUNK = 16384
_PLINTH_HEIGHT, _SINK, _FILLET, _ROUNDING = 0.2, 0.07, 0.07, 0.025
_OUTSIDE = 0.05


@dataclass(frozen=True)
class Lattice:
    """Distances (x, y, z) on a lattice of `spacing` units from `origin`; below `plinth_top` stands the plinth."""

    values: Volume
    origin: NDArray[np.float64]
    spacing: float
    plinth_top: float | None


def lattice_of(network: Folded, *, cells: int, plinth: str) -> Lattice:
    """The field of one latent on `cells` cells across, with a plinth of one of PLINTHS.

    Raises EngineError `sculpture_empty` where the latent has no surface.
    """
    values = _refined(network, cells)
    if not 64 < int((values < 0).sum()) < values.size // 2:
        raise EngineError("sculpture_empty", "This seed gives no solid; another will.")
    spacing = 2 * SPAN / cells
    origin = np.full(3, -SPAN)
    top: float | None = None
    if plinth != "none":
        values, origin, top = _on_plinth(values, origin, spacing, plinth)
    return Lattice(_closed(values), origin, spacing, top)


@torch.inference_mode()
def _refined(network: Folded, cells: int) -> Volume:
    """The field on (cells + 1)³ points, `cells` being a multiple of four."""
    side = cells // 4 + 1
    values = _ask(network, _points(side, torch.arange(side**3))).view(1, 1, side, side, side)
    for margin in (0.98 * network.reach, 1.5 * 2 * SPAN / (2 * (side - 1))):
        side = 2 * side - 1
        values = F.interpolate(values, size=(side, side, side), mode="trilinear", align_corners=True)
        flat = values.view(-1)
        near = torch.nonzero(flat.abs() < margin)[:, 0]
        flat[near] = _ask(network, _points(side, near))
    result: Volume = values[0, 0].numpy()
    return result


def _points(side: int, numbers: Tensor) -> Tensor:
    """The places of lattice points by their numbers, x outermost: (count, 3)."""
    columns = [numbers // side**2, numbers // side % side, numbers % side]
    return torch.stack(columns, 1).float() * (2 * SPAN / (side - 1)) - SPAN


def _ask(network: Folded, points: Tensor) -> Tensor:
    """Distances at points, always in chunks of one size, so that every point is computed in the same way."""
    found = []
    for start in range(0, len(points), _CHUNK):
        chunk = points[start : start + _CHUNK]
        padded = F.pad(chunk, (0, 0, 0, _CHUNK - len(chunk)))
        found.append(network(padded[None])[0, : len(chunk)])
    return torch.cat(found) if found else torch.zeros(0)


def _on_plinth(
    values: Volume, origin: NDArray[np.float64], spacing: float, plinth: str
) -> tuple[Volume, NDArray[np.float64], float]:
    """The form sunk a little into a plinth under its centre of mass; the lattice grows downwards where it must."""
    solid = values < 0
    lowest = origin[1] + spacing * float(np.flatnonzero(solid.any((0, 2)))[0])
    top = lowest + _SINK
    foot = top - _PLINTH_HEIGHT
    missing = max(0, int(np.ceil((origin[1] - (foot - 4 * spacing)) / spacing)))
    values = np.pad(values, ((0, 0), (missing, 0), (0, 0)), mode="edge")
    origin = origin - np.array([0, missing * spacing, 0])
    x, y, z = (origin[axis] + spacing * np.arange(values.shape[axis]) for axis in range(3))
    middle, radius = _stance(solid, top, x, y[missing:], z)
    away_x, away_z = x[:, None, None] - middle[0], z[None, None, :] - middle[1]
    if plinth == "round":
        aside = np.hypot(away_x, away_z) - radius
    else:
        aside = np.maximum(np.abs(away_x), np.abs(away_z)) - 0.9 * radius
    upright = np.abs(y[None, :, None] - (top + foot) / 2) - _PLINTH_HEIGHT / 2
    first, second = aside + _ROUNDING, upright + _ROUNDING
    corner = np.hypot(np.maximum(first, 0), np.maximum(second, 0))
    base = (np.minimum(np.maximum(first, second), 0) + corner - _ROUNDING).astype(np.float32)
    # Beyond its reach the network only says "far": below the form that must not reach into the fillet.
    share = np.clip(0.5 + 0.5 * (base - values) / _FILLET, 0, 1)
    joined = base + (values - base) * share - _FILLET * share * (1 - share)
    return joined.astype(np.float32), origin, top


def _stance(
    solid: NDArray[np.bool_], top: float, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> tuple[tuple[float, float], float]:
    """Where the plinth's middle is and how wide it must be: under the centre of mass, around all that touches it."""
    weight = solid.sum(1)
    total = weight.sum()
    middle = (float((weight.sum(1) * x).sum() / total), float((weight.sum(0) * z).sum() / total))
    touching = solid[:, y <= top].any(1)
    places_x, places_z = np.nonzero(touching)
    reach = float(np.hypot(x[places_x] - middle[0], z[places_z] - middle[1]).max(initial=0.0))
    wide = math.hypot(np.ptp(x[weight.any(1)]), np.ptp(z[weight.any(0)]))
    return middle, min(0.95, max(0.32, 0.3 * wide, reach + 0.08))


def _closed(values: Volume) -> Volume:
    """The field with its outermost points outside, and none exactly on the surface: both would leave holes."""
    values = np.pad(values, 1, constant_values=_OUTSIDE)[1:-1, 1:-1, 1:-1].copy()
    for axis in range(3):
        edge = np.moveaxis(values, axis, 0)
        for place in (0, -1):
            edge[place] = np.maximum(edge[place], _OUTSIDE)
    tiny = np.float32(1e-5)
    values[np.abs(values) < tiny] = tiny
    return values
