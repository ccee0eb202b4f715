"""A critic that looks at frozen features of pictures, after Sauer et al., Projected GANs (2021). It is never shipped.

The features are those of a small network that is trained here, on the training pictures alone, to name the family and
to remember the picture at 16 px. Evaluation trains a network of its own, of another form, from another seed.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from generation.engines.layers import leaky
from generation.training.discriminator import spread

__all__ = ["SIDE", "Encoder", "FeatureBody", "FeatureCritic", "Projection"]

SIDE = 64
_REMEMBERED_SIDE = 16


class FeatureBody(nn.Module):
    """Pictures of 64 px to features at 32, 16, 8 and 4 px, to the family, and back to the picture at 16 px."""

    def __init__(self, widths: tuple[int, ...], families: int) -> None:
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(*pair, 3, 2, 1) for pair in pairwise((3, *widths))])
        self.same = nn.ModuleList([nn.Conv2d(width, width, 3, 1, 1) for width in widths[1:]])
        self.family = nn.Linear(widths[-1] * 4, families)
        self.memory = nn.Linear(widths[-1] * 16, 3 * _REMEMBERED_SIDE**2)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(batch, 3, 64, 64) to features, the finest first."""
        values = leaky(self.down[0](pictures.contiguous(memory_format=torch.channels_last)))
        features = [values]
        for down, same in zip(list(self.down)[1:], self.same, strict=True):
            values = leaky(down(values))
            values = values + leaky(same(values))
            features.append(values)
        return features

    def name(self, coarsest: Tensor) -> Tensor:
        """The coarsest features to one number for each family."""
        named: Tensor = self.family(F.avg_pool2d(coarsest, 2).flatten(1))
        return named

    def remember(self, coarsest: Tensor) -> Tensor:
        """The coarsest features to the picture at 16 px."""
        remembered: Tensor = self.memory(coarsest.flatten(1))
        return remembered.view(-1, 3, _REMEMBERED_SIDE, _REMEMBERED_SIDE)

    def lesson(self, pictures: Tensor, family: Tensor) -> Tensor:
        """The loss that this network is trained with."""
        coarsest = self(pictures)[-1]
        small = F.avg_pool2d(pictures, SIDE // _REMEMBERED_SIDE)
        return F.cross_entropy(self.name(coarsest), family) + 4 * F.mse_loss(self.remember(coarsest), small)


class Encoder(nn.Module):
    """The coarsest features to the latent that a picture may have come from, as mean and logarithm of the variance."""

    def __init__(self, width: int, latent: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width * 16, 256)
        self.outer = nn.Linear(256, 2 * latent)

    def forward(self, coarsest: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, width, 4, 4) to two tensors (batch, latent)."""
        mean, variance = self.outer(leaky(self.inner(coarsest.flatten(1)))).chunk(2, 1)
        return mean, variance.clamp(-8, 4)


class Projection(nn.Module):
    """Fixed random mixing of features, across channels and from coarse to fine, each brought to unit deviation."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.across = nn.ModuleList([nn.Conv2d(width, width, 1, bias=False) for width in widths])
        self.upward = nn.ModuleList([nn.Conv2d(*pair, 1, bias=False) for pair in pairwise(widths[::-1])])
        for mixing in (*self.across, *self.upward):
            nn.init.kaiming_normal_(mixing.weight, nonlinearity="linear")
        for place, width in enumerate(widths):
            self.register_buffer(f"mean_{place}", torch.zeros(1, width, 1, 1))
            self.register_buffer(f"scale_{place}", torch.ones(1, width, 1, 1))

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Features to mixed features of the same shapes, the finest first."""
        scaled = self.even(features)
        mixed = [across(values) for across, values in zip(self.across, scaled, strict=True)]
        for upward, place in zip(self.upward, range(len(mixed) - 2, -1, -1), strict=True):
            coarse = F.interpolate(upward(mixed[place + 1]), scale_factor=2, mode="nearest")
            mixed[place] = (mixed[place] + coarse) * 0.7071
        return mixed

    def even(self, features: list[Tensor]) -> list[Tensor]:
        """Features with every channel brought to mean 0 and deviation 1."""
        return [
            (values - self.get_buffer(f"mean_{place}")) * self.get_buffer(f"scale_{place}")
            for place, values in enumerate(features)
        ]

    @torch.no_grad()
    def measure(self, features: list[Tensor]) -> None:
        """Take mean and deviation of every channel from the features of many pictures."""
        for place, values in enumerate(features):
            deviation, mean = torch.std_mean(values, (0, 2, 3), keepdim=True)
            self.get_buffer(f"mean_{place}").copy_(mean)
            self.get_buffer(f"scale_{place}").copy_(1 / (deviation + 1e-2))


class _Head(nn.Module):
    """The critic of one scale: strided convolutions down to 4 px, then one verdict for each of the sixteen places."""

    def __init__(self, inputs: int, side: int, width: int, families: int) -> None:
        super().__init__()
        steps = (side // 4).bit_length() - 1
        sides = [inputs, *[width] * steps]
        self.down = nn.ModuleList([spectral_norm(nn.Conv2d(*pair, 3, 2, 1)) for pair in pairwise(sides)])
        self.last = spectral_norm(nn.Conv2d(sides[-1] + 1, width, 3, 1, 1))
        self.out = spectral_norm(nn.Conv2d(width, 1, 1))
        self.family = nn.Embedding(families, width)

    def forward(self, values: Tensor, family: Tensor, groups: int) -> Tensor:
        for down in self.down:
            values = leaky(down(values))
        deviation = torch.cat([spread(part) for part in values.chunk(groups)])
        values = leaky(self.last(torch.cat([values, deviation], 1)))
        wanted = (values * self.family(family)[:, :, None, None]).mean(1, keepdim=True)
        verdict: Tensor = self.out(values) + wanted
        return verdict.flatten(1)


class FeatureCritic(nn.Module):
    """One head for each scale of the projected features."""

    def __init__(self, feature_widths: tuple[int, ...], widths: tuple[int, ...], families: int) -> None:
        super().__init__()
        sides = [SIDE >> place for place in range(1, len(feature_widths) + 1)]
        sizes = zip(feature_widths, sides, widths, strict=True)
        self.heads = nn.ModuleList([_Head(inputs, side, width, families) for inputs, side, width in sizes])

    def forward(self, mixed: list[Tensor], family: Tensor, groups: int = 1) -> Tensor:
        """Projected features and families to verdicts (batch, scales, 16): higher looks more like the dataset."""
        verdicts = [head(values, family, groups) for head, values in zip(self.heads, mixed, strict=True)]
        return torch.stack(verdicts, 1)
