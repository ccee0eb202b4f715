"""A sheet of what a generator paints: one row for each family, the same latents every time."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generation.engines.palette_field import PaletteField

__all__ = ["write"]

_COLUMNS = 8
_SIDE = 128
_GAP = 2


@torch.no_grad()
def write(generator: PaletteField, path: Path, *, side: int | None = None) -> None:
    """Paint eight pictures of each family at 128 px as one PNG; `side` is how far the backbone has grown so far."""
    random, device = torch.Generator().manual_seed(0), generator.style_mean.device
    rows = []
    for family in range(len(generator.arch.families)):
        latents = torch.randn(_COLUMNS, generator.arch.latent, generator=random).to(device)
        style = generator.style(latents, torch.full((_COLUMNS,), family, device=device))
        logits, shading = generator.fields(style, partial(_noise, random, device), side=side)
        painted = generator.paint(style, logits, shading, size=_SIDE, temperature=0.7)
        pixels = ((painted.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        framed = np.pad(pixels, ((0, 0), (_GAP, _GAP), (_GAP, _GAP), (0, 0)), constant_values=255)
        rows.append(np.concatenate(list(framed), 1))
    Image.fromarray(np.concatenate(rows)).save(path)


def _noise(random: torch.Generator, device: torch.device, side: int) -> Tensor:
    return torch.randn(_COLUMNS, 1, side, side, generator=random).to(device)
