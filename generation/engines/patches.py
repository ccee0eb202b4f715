"""One picture painted with patches of another, from coarse to fine: every touch of the result is one of the style's.

At the coarse levels each patch looks through all of the style, and patches that would rarely be used come cheaper; at
the fine levels a patch continues what its neighbours show, or looks close by. Cost so grows with the pixels only.
Pictures are OKLab arrays (height, width, 3). Knows nothing of requests; draws all chance from fixed streams.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engines.oklab import Floats

__all__ = ["held_back", "repainted"]

_PATCH = 7
_HALF = _PATCH // 2
_FEATURES = 24
# Up to this side every patch of the style is looked at.
_EXHAUSTIVE = 128
_COARSEST = 48
_FAIRNESS = 0.0006
_ROWS = 2048


@dataclass(frozen=True)
class _Plan:
    """One level: the sides of the picture and of the style, how much the guide counts, and how often to look."""

    size: tuple[int, int]
    style: tuple[int, int]
    guide: float
    rounds: int
    step: int


def _levels(size: tuple[int, int], style: tuple[int, int], *, touch: float, structure: float) -> list[_Plan]:
    """The levels from coarse to fine; `touch` is the side of the style in parts of the picture's."""
    longest = max(size)
    sides = [longest]
    while sides[0] > 2 * _COARSEST:
        sides.insert(0, round(sides[0] / 2))
    plans = []
    for place, side in enumerate(sides):
        scale = side / longest
        own = (max(_PATCH, round(size[0] * scale)), max(_PATCH, round(size[1] * scale)))
        part = touch * side / max(style)
        keys = (max(_PATCH + 2, round(style[0] * part)), max(_PATCH + 2, round(style[1] * part)))
        fine = place / max(len(sides) - 1, 1)
        guide = structure * (0.75 - 0.45 * fine) + 0.1 * (1 - fine)
        plans.append(_Plan(own, keys, guide, 3 if place == 0 else 2, 1 if side <= _EXHAUSTIVE else 2))
    return plans


def repainted(
    guide: Floats, style: Floats, *, touch: float, structure: float, on_level: Callable[[int, int], None]
) -> Floats:
    """`guide` painted anew with patches of `style`; the guide should have the style's colours already.

    `structure` 0 … 1 says how closely shapes are kept. `on_level(done, of)` is called between levels.
    """
    whole_guide, whole_style = _tensor(guide), _tensor(style)
    plans = _levels(guide.shape[:2], style.shape[:2], touch=touch, structure=structure)
    picture, field = torch.zeros(0), torch.zeros(0, dtype=torch.long)
    for place, plan in enumerate(plans):
        on_level(place, len(plans))
        target, source = _resized(whole_guide, plan.size), _resized(whole_style, plan.style)
        if place == 0:
            picture = target
        else:
            field = _finer(field, plans[place - 1], plan)
            picture = _voted(field, source, plan)
        project = _projection(source)
        keys = project(source)
        for look in range(plan.rounds):
            queries = project(_padded(torch.lerp(picture, target, plan.guide)))[:, :: plan.step, :: plan.step]
            if max(plan.size) <= _EXHAUSTIVE:
                field = _looked_everywhere(queries, keys)
            else:
                field = _looked_nearby(queries, keys, field, plan.step, np.random.default_rng([place, look]))
            picture = _voted(field, source, plan)
    result: Floats = picture.permute(1, 2, 0).contiguous().numpy()
    return result


def held_back(result: Floats, own: Floats, coloured: Floats, strength: float) -> Floats:
    """A painted picture with its colours led back towards the content's `own`, wholly so at strength 0."""
    if strength >= 1:
        return result
    move = _tensor(own - coloured)
    height, width = move.shape[1:]
    soft = _resized(_resized(move, (max(1, height // 6), max(1, width // 6))), (height, width))
    led: Floats = (_tensor(result) + soft * (1 - strength)).permute(1, 2, 0).contiguous().numpy()
    return led


def _tensor(picture: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).contiguous()


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(picture.shape[1:]) == size:
        return picture
    return F.interpolate(picture[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]


def _padded(picture: Tensor) -> Tensor:
    return F.pad(picture[None], (_HALF,) * 4, mode="reflect")[0]


def _projection(style: Tensor) -> Callable[[Tensor], Tensor]:
    """Patches to a few numbers each: the directions in which the style's patches differ most."""
    patches = F.unfold(style[None], _PATCH)[0].t()
    patches = patches[:: max(1, len(patches) // 4096)].double()
    centred = patches - patches.mean(0)
    axes = torch.linalg.eigh(centred.t() @ centred).eigenvectors[:, -_FEATURES:]
    filters = axes.t().reshape(-1, 3, _PATCH, _PATCH).float().contiguous()
    return lambda picture: F.conv2d(picture[None], filters)[0]


def _looked_everywhere(queries: Tensor, keys: Tensor) -> Tensor:
    """For each query the nearest of all keys, as places (rows, columns, 2) of their upper left corners."""
    width = keys.shape[2]
    ask, know = queries.flatten(1).t().contiguous(), keys.flatten(1).t().contiguous()
    length = know.square().sum(1)
    cheapest = torch.full((len(know),), torch.inf)
    for part in torch.split(ask, _ROWS):
        cheapest = torch.minimum(cheapest, _distances(part, know, length).min(0).values)
    best = [
        (_distances(part, know, length) / (cheapest + _FAIRNESS * _PATCH**2)).argmin(1)
        for part in torch.split(ask, _ROWS)
    ]
    found = torch.cat(best).view(queries.shape[1:])
    return torch.stack([found // width, found % width], -1)


def _distances(ask: Tensor, know: Tensor, length: Tensor) -> Tensor:
    return (length[None] + ask.square().sum(1, keepdim=True) - 2 * ask @ know.t()).clamp_min_(0)


def _looked_nearby(queries: Tensor, keys: Tensor, field: Tensor, step: int, random: np.random.Generator) -> Tensor:
    """For each query the best of its own place, what continues its neighbours' places, and places near and anywhere."""
    ask, know = queries.permute(1, 2, 0).contiguous(), keys.permute(1, 2, 0).contiguous()
    limits = torch.tensor([keys.shape[1] - 1, keys.shape[2] - 1])
    best, least = field, torch.full(field.shape[:2], torch.inf)
    for candidate in _candidates(field, step, limits, random):
        place = torch.minimum(candidate.clamp_min(0), limits)
        distance = (know.view(-1, know.shape[2])[place[..., 0] * keys.shape[2] + place[..., 1]] - ask).square().sum(-1)
        better = distance < least
        least = torch.where(better, distance, least)
        best = torch.where(better[..., None], place, best)
    return best


def _candidates(field: Tensor, step: int, limits: Tensor, random: np.random.Generator) -> Iterator[Tensor]:
    yield field
    for reach in (1, 4):
        for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            moved = torch.roll(field, (down * reach, across * reach), (0, 1))
            yield moved + torch.tensor([down, across]) * (reach * step)
    for reach in (2, 8, 32):
        yield field + torch.from_numpy(random.integers(-reach, reach + 1, field.shape))
    yield torch.from_numpy(random.integers(0, 2**31, field.shape)) % (limits + 1)


def _finer(field: Tensor, before: _Plan, plan: _Plan) -> Tensor:
    """The places found at one level as the first guess at the next: the same spots of the style, twice as large."""
    rows, columns = -(-plan.size[0] // plan.step), -(-plan.size[1] // plan.step)
    down = torch.arange(rows) * plan.step
    across = torch.arange(columns) * plan.step
    ratio = torch.tensor([plan.size[0] / before.size[0], plan.size[1] / before.size[1]])
    parent_rows = (down / ratio[0] / before.step).long().clamp_max(field.shape[0] - 1)
    parent_columns = (across / ratio[1] / before.step).long().clamp_max(field.shape[1] - 1)
    parents = field[parent_rows[:, None], parent_columns[None]]
    offset = torch.stack(
        torch.meshgrid(
            down - parent_rows * before.step * ratio[0], across - parent_columns * before.step * ratio[1], indexing="ij"
        ),
        -1,
    )
    # A patch is named by its corner; what is twice as large keeps its middle.
    scale = torch.tensor([plan.style[0] / before.style[0], plan.style[1] / before.style[1]])
    guess = ((parents + _HALF) * scale + offset - _HALF).round().long()
    limits = torch.tensor([plan.style[0] - _PATCH, plan.style[1] - _PATCH])
    return torch.minimum(guess.clamp_min(0), limits)


def _voted(field: Tensor, style: Tensor, plan: _Plan) -> Tensor:
    """The picture on which overlapping patches agree, the middle of each counting most."""
    height, width = plan.size
    rows, columns = field.shape[:2]
    colours = style.permute(1, 2, 0).reshape(-1, 3)
    corner = field[..., 0] * style.shape[2] + field[..., 1]
    step = plan.step
    total = torch.zeros(rows * step + 2 * _PATCH, columns * step + 2 * _PATCH, 3)
    share = torch.zeros(rows * step + 2 * _PATCH, columns * step + 2 * _PATCH, 1)
    spread = 2.0 if step == 1 else 1.4
    for down in range(_PATCH):
        for across in range(_PATCH):
            weight = float(np.exp(-((down - _HALF) ** 2 + (across - _HALF) ** 2) / (2 * spread**2)))
            if weight < 0.01:
                continue
            here = (slice(down, down + rows * step, step), slice(across, across + columns * step, step))
            total[here] += colours[corner + (down * style.shape[2] + across)] * weight
            share[here] += weight
    picture = total / share.clamp_min(1e-6)
    return picture[_HALF : _HALF + height, _HALF : _HALF + width].permute(2, 0, 1).contiguous()
