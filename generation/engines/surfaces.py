"""Paper and canvas under a picture at its final size: a height field from the seed, lit from the upper left.

Pigment sits on the surface, so lit flanks are lighter and hollows hold a little more colour; hue does not change.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engines import oklab
from generation.engines.base import Pixels

__all__ = ["SURFACES", "laid_on"]

_STREAM = 0x7375_7266
_RELIEF = 0.045
_HOLLOW = 0.018
_ROWS = 1024


def laid_on(pixels: Pixels, *, surface: str, strength: float, scale: float, seed: int) -> Pixels:
    """The picture on a `surface` of SURFACES; `strength` 0 … 1, `scale` the coarseness, 1 for a picture of 1024 px."""
    if strength <= 0:
        return pixels
    height, width = pixels.shape[:2]
    relief = SURFACES[surface](height, width, scale, np.random.default_rng([_STREAM, seed]))
    relief = (relief - relief.mean()) / (relief.std() + 1e-6)
    light = _lit(relief) * _RELIEF + relief.clamp(-2.5, 2.5) * _HOLLOW
    shade = (light * strength).numpy()
    bands = []
    for top in range(0, height, _ROWS):
        lab = oklab.from_pixels(pixels[top : top + _ROWS])
        # Least in the darkest tones, where pigment lies thick, and in bare white.
        tone = lab[..., 0]
        room = np.clip(1.1 - (2 * tone - 1.05) ** 2 * 0.75, 0.25, 1.0).astype(np.float32)
        lab[..., 0] = tone + shade[top : top + _ROWS] * room
        bands.append(oklab.to_pixels(lab))
    return np.concatenate(bands)


def _lit(relief: Tensor) -> Tensor:
    """The slope towards a lamp at the upper left, of unit deviation."""
    padded = F.pad(relief[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    slope = padded[2:, 2:] - padded[:-2, :-2]
    return (slope / (slope.std() + 1e-6)).clamp(-3, 3)


def _noise(height: int, width: int, cell: float, random: np.random.Generator) -> Tensor:
    """Smooth noise of unit deviation whose bumps are about `cell` pixels wide."""
    rows, columns = max(2, round(height / cell) + 1), max(2, round(width / cell) + 1)
    coarse = torch.from_numpy(random.standard_normal((rows, columns), np.float32))
    return F.interpolate(coarse[None, None], (height, width), mode="bicubic", align_corners=False)[0, 0]


def _paper(height: int, width: int, scale: float, random: np.random.Generator) -> Tensor:
    """Cold-pressed paper: a tooth of rounded bumps at three sizes, and flecks of fibre."""
    bumps = [_noise(height, width, cell * scale, random) * share for cell, share in ((2.2, 0.5), (4.5, 1), (11, 0.6))]
    grain = torch.from_numpy(random.standard_normal((height, width), np.float32)) * 0.25
    return torch.tanh(torch.stack(bumps).sum(0) * 0.8) + grain + 0.15 * _noise(height, width, 60 * scale, random)


def _canvas(height: int, width: int, scale: float, random: np.random.Generator) -> Tensor:
    """Linen in plain weave: threads over and under each other, of uneven width, with slubs."""
    pitch = 7.0 * scale
    down = torch.arange(height, dtype=torch.float32)[:, None] + _noise(height, width, 90 * scale, random) * 1.2 * scale
    across = torch.arange(width, dtype=torch.float32)[None] + _noise(height, width, 90 * scale, random) * 1.2 * scale
    row, column = down / pitch, across / pitch
    weft = (torch.sin(row * torch.pi).abs() + 1e-3).sqrt()
    warp = (torch.sin(column * torch.pi).abs() + 1e-3).sqrt()
    over = torch.sin(row.floor() * torch.pi + column * torch.pi)  # the weft rises and dips along its way
    under = torch.sin(column.floor() * torch.pi + row * torch.pi)
    weave = torch.maximum(weft * (1 + 0.6 * over), warp * (1 - 0.6 * under))
    uneven = _threads(height, pitch, random)[:, None] + _threads(width, pitch, random)[None]
    fuzz = torch.from_numpy(random.standard_normal((height, width), np.float32)) * 0.06
    return weave * (1 + 0.07 * uneven) + fuzz + 0.1 * _noise(height, width, 40 * scale, random)


def _threads(length: int, pitch: float, random: np.random.Generator) -> Tensor:
    """How thick each thread is, as seen along a line across them."""
    thickness = torch.from_numpy(random.standard_normal(int(length / pitch) + 2, np.float32))
    return thickness[(torch.arange(length) / pitch).long()]


def _laid(height: int, width: int, scale: float, random: np.random.Generator) -> Tensor:
    """Laid paper: fine lines from the mould's wires, chain lines across them, and a soft tooth."""
    pitch, chain = 4.2 * scale, 96.0 * scale
    down = torch.arange(height, dtype=torch.float32)[:, None] + _noise(height, width, 120 * scale, random) * 0.8 * scale
    across = torch.arange(width, dtype=torch.float32)[None] + _noise(height, width, 150 * scale, random) * scale
    wires = torch.sin(down * (2 * torch.pi / pitch)) * 0.8
    chains = torch.exp(-(((across % chain) - chain / 2) / (1.6 * scale)).square()) * 1.6
    tooth = _noise(height, width, 3 * scale, random) * 0.7
    grain = torch.from_numpy(random.standard_normal((height, width), np.float32)) * 0.3
    return wires - chains + tooth + grain


SURFACES: dict[str, Callable[[int, int, float, np.random.Generator], Tensor]] = {
    "paper": _paper,
    "canvas": _canvas,
    "laid": _laid,
}
