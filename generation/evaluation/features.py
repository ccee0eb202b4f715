"""Features to compare pictures by: those of a small classifier of families, trained here on the studio's pictures.

No downloaded network stands behind them, so figures on them compare checkpoints of this house with each other and
with nothing else.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["SIDE", "FeatureNetwork", "train"]

SIDE = 64
_BATCH = 64


@dataclass(frozen=True)
class FeatureNetwork:
    """A trained classifier: `body` gives 512 features of a picture, `head` the family."""

    body: nn.Sequential
    head: nn.Linear

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> Tensor:
        """(count, 3, 64, 64) from -1 to 1 to (count, 512)."""
        return torch.cat([self.body(part) for part in torch.split(pictures, 200)])

    @torch.inference_mode()
    def agreement(self, pictures: Tensor, families: Tensor) -> float:
        """The share of pictures that it takes for the family they are meant to be."""
        return float((self.head(self.features(pictures)).argmax(1) == families).float().mean())


def train(pictures: Tensor, families: Tensor, *, steps: int, seed: int) -> FeatureNetwork:
    """Train on pictures (count, 3, 64, 64) from -1 to 1 and their family numbers; deterministic from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = nn.Sequential(*_layers((3, 32, 64, 96, 128)), nn.AdaptiveAvgPool2d(2), nn.Flatten())
        head = nn.Linear(512, int(families.max()) + 1)
    random = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam([*body.parameters(), *head.parameters()], 1e-3)
    for _ in range(steps):
        chosen = torch.randint(len(pictures), (_BATCH,), generator=random)
        batch = pictures[chosen]
        if torch.rand(1, generator=random) < 0.5:
            batch = batch.flip(3)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(F.cross_entropy(head(body(batch)), families[chosen]))
        optimiser.step()
    return FeatureNetwork(body.eval().requires_grad_(False), head.requires_grad_(False))


def _layers(widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.ReLU()]
    return layers
