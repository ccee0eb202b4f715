"""Features to compare pictures by: those of a small classifier of families, trained here on the studio's pictures.

No downloaded network stands behind them, so figures on them compare checkpoints of this house with each other and
with nothing else. No generator is trained against this network: trainers learn features of their own, in another form.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

__all__ = ["SIDE", "FeatureNetwork", "train"]

SIDE = 64
_BATCH = 64
_RATE = 1e-3
_WIDTHS = (3, 32, 64, 96, 128)
_FEATURES = 4 * _WIDTHS[-1]


@dataclass(frozen=True)
class FeatureNetwork:
    """A trained classifier: `body` gives 512 features of a picture, `head` the family."""

    body: nn.Sequential
    head: nn.Linear

    @classmethod
    def drawn(cls, families: int, seed: int) -> Self:
        """An untrained network."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            body = nn.Sequential(*_layers(_WIDTHS), nn.AdaptiveAvgPool2d(2), nn.Flatten())
            return cls(body, nn.Linear(_FEATURES, families))

    @classmethod
    def load(cls, path: Path, families: int) -> Self:
        """What `save` wrote."""
        network = cls.drawn(families, 0)
        nn.ModuleList([network.body, network.head]).load_state_dict(load_file(path))
        return network.frozen()

    def save(self, path: Path) -> None:
        """Keep the network, so that several measurements can share it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(nn.ModuleList([self.body, self.head]).state_dict(), path)

    def frozen(self) -> Self:
        """The same network, no longer learning."""
        self.body.eval().requires_grad_(False)
        self.head.requires_grad_(False)
        return self

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> Tensor:
        """(count, 3, 64, 64) from -1 to 1 to (count, 512)."""
        return torch.cat([self.body(part) for part in torch.split(pictures, 200)])

    @torch.inference_mode()
    def right(self, pictures: Tensor, families: Tensor) -> Tensor:
        """For each picture whether it is taken for the family that it is meant to be: (count,) of bool."""
        right: Tensor = self.head(self.features(pictures)).argmax(1) == families
        return right

    def agreement(self, pictures: Tensor, families: Tensor) -> float:
        """The share of pictures that it takes for the family they are meant to be."""
        return float(self.right(pictures, families).float().mean())


def train(pictures: Tensor, families: Tensor, *, steps: int, seed: int) -> FeatureNetwork:
    """Train on pictures (count, 3, 64, 64) from -1 to 1 and their family numbers; deterministic from the seed."""
    network = FeatureNetwork.drawn(int(families.max()) + 1, seed)
    random = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam([*network.body.parameters(), *network.head.parameters()], _RATE)
    for step in range(steps):
        # Constant, then falling over the second half: the last steps settle what the first ones found.
        optimiser.param_groups[0]["lr"] = _RATE * min(1.0, 2.02 * (1 - step / steps))
        chosen = torch.randint(len(pictures), (_BATCH,), generator=random)
        batch = pictures[chosen]
        if torch.rand(1, generator=random) < 0.5:
            batch = batch.flip(3)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(F.cross_entropy(network.head(network.body(batch)), families[chosen]))
        optimiser.step()
    return network.frozen()


def _layers(widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.ReLU()]
    return layers
