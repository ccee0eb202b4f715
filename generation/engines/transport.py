"""Colours carried from one picture to another: the palette and its proportions move, shapes and textures stay.

Works on OKLab pictures by optimal transport along random lines (Pitié's iterative distribution transfer) of a sample,
smoothed into a table over colours, so that neighbouring colours move alike and no noise arises.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engines.oklab import Floats

__all__ = ["recoloured"]

_SAMPLE = 6000
_ROUNDS = 16
_TABLE = 17
_REACH = 0.035
# The part of OKLab that sRGB fills, with a margin.
_LOW, _HIGH = (-0.02, -0.26, -0.34), (1.02, 0.30, 0.22)


def recoloured(content: Floats, style: Floats) -> Floats:
    """`content` (height, width, 3) in the colours of `style`; both in OKLab."""
    source, target = _sample(content), _sample(style)
    table = _table(source, _carried(source, target) - source)
    height, width = content.shape[:2]
    low, high = torch.tensor(_LOW), torch.tensor(_HIGH)
    places = (torch.from_numpy(content) - low) / (high - low) * 2 - 1
    moved = F.grid_sample(
        table, places.flip(-1).view(1, 1, height, width, 3), "bilinear", padding_mode="border", align_corners=True
    )
    result: Floats = content + moved[0, :, 0].permute(1, 2, 0).numpy()
    return result


def _sample(picture: Floats) -> Tensor:
    """Some thousand colours, evenly spread over the picture."""
    colours = picture.reshape(-1, 3)
    places = np.linspace(0, len(colours) - 1, min(_SAMPLE, len(colours))).astype(np.int64)
    jitter = np.random.default_rng(0).integers(0, max(1, len(colours) // len(places)), len(places))
    return torch.from_numpy(colours[np.minimum(places + jitter, len(colours) - 1)].copy())


def _carried(source: Tensor, target: Tensor) -> Tensor:
    """The source's colours moved until they are spread as the target's are."""
    random = np.random.default_rng(1)
    ranks = torch.linspace(0, 1, len(source))
    for _ in range(_ROUNDS):
        axes = torch.from_numpy(np.linalg.qr(random.standard_normal((3, 3)))[0].astype(np.float32))
        along, wanted = source @ axes, (target @ axes).sort(0).values
        order = along.sort(dim=0, stable=True).indices
        at = ranks * (len(wanted) - 1)
        below = at.long().clamp_max(max(len(wanted) - 2, 0))
        quantiles = torch.lerp(wanted[below], wanted[(below + 1).clamp_max(len(wanted) - 1)], (at - below)[:, None])
        moved = torch.zeros_like(along).scatter_(0, order, quantiles)
        source = source + (moved - along) @ axes.t()
    return source


def _table(colours: Tensor, moves: Tensor) -> Tensor:
    """The moves, smoothed over a grid of colours: (1, 3, lightness, green-red, blue-yellow)."""
    axes = [torch.linspace(low, high, _TABLE) for low, high in zip(_LOW, _HIGH, strict=True)]
    nodes = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).view(-1, 3)
    rows = []
    for part in torch.split(nodes, 1024):
        distance = torch.cdist(part, colours).square()
        # Where no colour is near, the nearest ones decide.
        distance = distance - distance.min(1, keepdim=True).values
        weight = torch.exp(distance / (-2 * _REACH**2))
        rows.append(weight @ moves / weight.sum(1, keepdim=True))
    return torch.cat(rows).view(1, _TABLE, _TABLE, _TABLE, 3).permute(0, 4, 1, 2, 3).contiguous()
