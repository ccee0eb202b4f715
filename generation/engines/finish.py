"""What is added to a picture at its final size: the grain of paper, drawn from the seed."""

import numpy as np
import torch
from torch import Tensor

from generation.engines.base import Pixels

__all__ = ["Grain", "pixels_of"]

_AMPLITUDE = 0.055
# Keeps the grain's stream apart from whatever else may one day be drawn from the same seed.
_STREAM = 0x6772_6169


class Grain:
    """The grain of one picture of `height` × `width`, with a strength from 0 to 1, drawn once for all of its bands.

    It lightens and darkens without changing hue, at two scales, and least in the darkest and lightest tones. The draw
    is numpy's on every device; the sums are the device's own, where the picture already is.
    """

    def __init__(self, height: int, width: int, *, seed: int, strength: float, device: torch.device | str) -> None:
        self._drawn: Tensor | None = None
        self._strength = float(np.float32(strength * _AMPLITUDE))
        if strength > 0:
            random = np.random.default_rng([_STREAM, seed])
            fine = torch.from_numpy(random.standard_normal((height, width), np.float32)).to(device)
            coarse = torch.from_numpy(random.standard_normal((height // 2 + 1, width // 2 + 1), np.float32)).to(device)
            twice = coarse.mul_(_single(0.45))[:, None, :, None].expand(-1, 2, -1, 2).reshape(2 * len(coarse), -1)
            self._drawn = fine.mul_(_single(0.55)).add_(twice[:height, :width])

    def onto(self, band: Tensor, top: int) -> Tensor:
        """A band (3, rows, width) of about -1 … 1, `top` rows down the picture, as uint8 sRGB (rows, width, 3)."""
        band = band.clamp(-1.0, 1.0)
        if self._drawn is not None:
            tone = (band[0] + band[1] + band[2]) / 3
            grain = self._drawn[top : top + band.shape[1]] * (_single(1.15) - tone * tone).mul_(self._strength)
            band = band.add_(grain).clamp_(-1.0, 1.0)
        return band.add_(1.0).mul_(127.5).round_().to(torch.uint8).permute(1, 2, 0)


def pixels_of(bands: list[Tensor]) -> Pixels:
    """The whole picture, uint8 (height, width, 3), from its bands: one way from the device, and not one for each."""
    pixels: Pixels = torch.cat(bands).contiguous().cpu().numpy()
    return pixels


def _single(number: float) -> float:
    """The number that 32 bits hold of it: what is multiplied by it is then the same in numpy and in torch."""
    return float(np.float32(number))
