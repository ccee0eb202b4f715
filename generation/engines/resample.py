"""Small fields to pictures of any size: separable resampling as two thin matrices, so that a band costs only itself."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["cover_axes", "double", "enlarge"]

_REACH = 3


# Kept for whoever comes next, who may be training: what is made in inference mode is of no use there.
@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _lanczos(source: int, target: int, device: torch.device) -> Tensor:
    """Weights (target, source) of three-lobed Lanczos enlargement, borders held; each row sums to one."""
    place = (torch.arange(target, dtype=torch.float64) + 0.5) * source / target - 0.5
    weights = torch.zeros(target, source, dtype=torch.float64)
    for tap in range(-_REACH + 1, _REACH + 1):
        neighbour = place.floor() + tap
        weight = torch.sinc(place - neighbour) * torch.sinc((place - neighbour) / _REACH)
        weights.scatter_add_(1, neighbour.clamp(0, source - 1).long()[:, None], weight[:, None])
    return (weights / weights.sum(1, keepdim=True)).float().to(device)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _linear(source: int, device: torch.device) -> Tensor:
    """Weights (2 · source, source) of linear interpolation, borders held; each row sums to one."""
    unit = torch.eye(source)[None]
    return F.interpolate(unit, scale_factor=2, mode="linear", align_corners=False)[0].t().contiguous().to(device)


def double(fields: Tensor) -> Tensor:
    """Fields (…, n, n) at twice their side, bilinear: `F.interpolate` as two products of matrices."""
    weights = _linear(fields.shape[-1], fields.device)
    result: Tensor = weights @ fields @ weights.t()
    return result


def cover_axes(width: int, height: int) -> tuple[slice, slice, int]:
    """The square that covers a picture, and the rows and columns of it that the picture shows: the middle."""
    side = max(width, height)
    top, left = (side - height) // 2, (side - width) // 2
    return slice(top, top + height), slice(left, left + width), side


def enlarge(fields: Tensor, side: int, rows: slice, columns: slice) -> Tensor:
    """Fields (…, n, n) as seen in these rows and columns of a square of `side`: (…, rows, columns)."""
    weights = _lanczos(fields.shape[-1], side, fields.device)
    result: Tensor = weights[rows] @ fields @ weights[columns].t()
    return result
