"""Pictures made larger with edges that stay edges: what is lost in between is taken from the picture itself.

Freedman and Fattal (2011): a small enlargement is soft; how a soft place looks when it is sharp is seen in the
original, at nearly the same spot. Steps of at most a half more, so that the spot is always near.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from generation.engines.base import Pixels

__all__ = ["enlarged"]

_STEP = 1.5
_REACH = 1
_WINDOW = 5
_ROWS = 512
_LUMA = (0.299, 0.587, 0.114)


def enlarged(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """`pixels` at `size` (width, height); where that is smaller, plainly resampled."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    ratio = max(size[0] / width, size[1] / height)
    if ratio <= 1:
        return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    count = math.ceil(math.log(ratio) / math.log(_STEP) - 1e-6)
    picture = torch.from_numpy(np.array(pixels)).permute(2, 0, 1).float()
    for step in range(1, count + 1):
        part = step / count
        wanted = (
            round(height * (size[1] / height) ** part),
            round(width * (size[0] / width) ** part),
        )
        picture = _one_step(picture, wanted)
    result: Pixels = picture.round().clamp(0, 255).permute(1, 2, 0).to(torch.uint8).numpy()
    return np.ascontiguousarray(result)


def _one_step(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Soft enlargement plus, place by place, the sharpness that the original has where it looks alike."""
    height, width = picture.shape[1:]
    soft = _cubic(picture, size)
    # The original as soft as the enlargement is: down by the same ratio, and up again.
    smaller = (max(4, round(height * height / size[0])), max(4, round(width * width / size[1])))
    blurred = _cubic(_cubic(picture, smaller), (height, width))
    sharp = picture - blurred
    luma = torch.tensor(_LUMA)[:, None, None]
    asked, known = (soft * luma).sum(0), (blurred * luma).sum(0)
    rows = [
        soft[:, top : top + _ROWS] + _sharpness(asked, known, sharp, range(top, min(top + _ROWS, size[0])))
        for top in range(0, size[0], _ROWS)
    ]
    return _bounded(torch.cat(rows, 1), picture)


def _bounded(result: Tensor, picture: Tensor) -> Tensor:
    """No lighter and no darker than the original is around that place, so that no edge gets a halo."""
    height, width = picture.shape[1:]
    down, across = _places(result.shape[1], height), _places(result.shape[2], width)
    highest = F.max_pool2d(picture[None], 3, 1, 1)[0][:, down][:, :, across]
    lowest = -F.max_pool2d(-picture[None], 3, 1, 1)[0][:, down][:, :, across]
    return torch.minimum(torch.maximum(result, lowest), highest)


def _cubic(picture: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(picture[None], size=size, mode="bicubic", align_corners=False, antialias=True)[0]


def _sharpness(asked: Tensor, known: Tensor, sharp: Tensor, rows: range) -> Tensor:
    """For these rows of the enlargement, the sharpness at the most alike of nine places around each pixel's own."""
    margin = _WINDOW // 2
    height, width = known.shape
    whole = range(max(0, rows.start - margin), min(asked.shape[0], rows.stop + margin))
    down = _places(asked.shape[0], height)[whole.start : whole.stop]
    across = _places(asked.shape[1], width)
    band = asked[whole.start : whole.stop]
    least = torch.full(band.shape, torch.inf)
    best = torch.zeros(band.shape, dtype=torch.long)
    for up in range(-_REACH, _REACH + 1):
        for left in range(-_REACH, _REACH + 1):
            row, column = (down + up).clamp(0, height - 1), (across + left).clamp(0, width - 1)
            apart = (band - known[row][:, column]).square()
            # A little dearer the farther away, so that flat places keep their own.
            cost = F.avg_pool2d(apart[None, None], _WINDOW, 1, margin, count_include_pad=False)[0, 0]
            cost = cost + 0.05 * (up * up + left * left)
            better = cost < least
            least = torch.where(better, cost, least)
            best = torch.where(better, row[:, None] * width + column[None], best)
    inner = slice(rows.start - whole.start, rows.stop - whole.start)
    return sharp.flatten(1)[:, best[inner]]


def _places(target: int, source: int) -> Tensor:
    """For each pixel of the enlargement, the nearest of the original."""
    return ((torch.arange(target, dtype=torch.float64) + 0.5) * source / target).long().clamp(0, source - 1)
