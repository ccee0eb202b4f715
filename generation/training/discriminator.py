"""The projection discriminator that trains a palette field. It is never shipped."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines.layers import EqualConv, EqualLinear, leaky

__all__ = ["Discriminator", "spread"]

_SPREAD_GROUP = 4


class _Block(nn.Module):
    """A residual block that halves the side; it pools before its second convolution, which halves the cost."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualConv(inputs, inputs, 3)
        self.second = EqualConv(inputs, outputs, 3)
        self.skip = EqualConv(inputs, outputs, 1, bias=False)

    def forward(self, values: Tensor) -> Tensor:
        inner = leaky(self.second(F.avg_pool2d(leaky(self.first(values)), 2)))
        outer = self.skip(F.avg_pool2d(values, 2))
        joined: Tensor = (inner + outer) * 0.7071
        return joined


class Discriminator(nn.Module):
    """Pictures of 16, 32 or 64 px and their families to one number each: higher looks more like the dataset.

    `widths` are the channels at 4, 8, 16 and 32 px. Pixels enter folded two by two, so that a 64 px picture costs
    no convolution at 64 px.
    """

    def __init__(self, widths: tuple[int, ...], families: int) -> None:
        super().__init__()
        self.stems = nn.ModuleList([EqualConv(12, width, 3) for width in widths[1:]])
        self.blocks = nn.ModuleList([_Block(widths[place + 1], widths[place]) for place in range(len(widths) - 1)])
        self.last = EqualConv(widths[0] + 1, widths[0], 3)
        self.dense = EqualLinear(widths[0] * 16, 128)
        self.out = EqualLinear(128, 1)
        self.family = nn.Embedding(families, 128)

    def forward(self, pictures: Tensor, family: Tensor, groups: int = 1) -> Tensor:
        """(batch, 3, side, side) to (batch,); minibatch deviation is taken within each of `groups` equal parts."""
        place = pictures.shape[-1].bit_length() - 5
        folded = F.pixel_unshuffle(pictures, 2).contiguous(memory_format=torch.channels_last)
        values = leaky(self.stems[place](folded))
        for block in reversed(self.blocks[: place + 1]):
            values = block(values)
        spreads = torch.cat([spread(part) for part in values.chunk(groups)])
        values = leaky(self.last(torch.cat([values, spreads], 1)))
        features = leaky(self.dense(values.flatten(1)))
        likeness: Tensor = self.out(features)[:, 0] + (features * self.family(family)).mean(1) * 2
        return likeness


def spread(values: Tensor) -> Tensor:
    """How far the pictures of a small group differ, as one more channel: a generator that repeats itself shows."""
    batch = len(values)
    members = _SPREAD_GROUP if batch % _SPREAD_GROUP == 0 else batch
    grouped = values.reshape(members, batch // members, *values.shape[1:])
    deviation = (grouped.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3)).repeat(members)
    return deviation[:, None, None, None].expand(-1, 1, *values.shape[2:])
