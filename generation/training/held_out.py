"""How near a generator comes to pictures that no run trains on, seen through the features of its own run."""

from collections.abc import Callable
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.evaluation import distances
from generation.training.feature_critic import SIDE, FeatureBody
from generation.training.pictures import PictureData, drawn
from generation.training.studio import VALIDATION_SEEDS

__all__ = ["HeldOut"]

_AT_ONCE = 64

Painter = Callable[[Tensor, Tensor, torch.Generator], Tensor]


class HeldOut:
    """`count` pictures of the studio, drawn when first needed."""

    def __init__(self, dataset: PictureData, *, count: int, device: torch.device) -> None:
        self._dataset, self._count, self._device = dataset, count, device

    @torch.no_grad()
    def measure(self, features: FeatureBody, painter: Painter, *, latent: int, seed: int) -> dict[str, float]:
        """`score`: KID of what `painter` makes of latents and families; `recognised`: the share that shows its own."""
        labels = (torch.arange(self._count) % len(self._dataset.families)).to(self._device)
        random = torch.Generator(self._device).manual_seed(seed)
        latents = torch.randn(self._count, latent, generator=random, device=self._device)
        seen, named = [], []
        for part in torch.split(torch.arange(self._count), _AT_ONCE):
            coarsest = features(painter(latents[part], labels[part], random).clamp(-1, 1))[-1]
            seen.append(_pooled(coarsest))
            named.append(features.name(coarsest).argmax(1) == labels[part])
        held = torch.cat([_pooled(features(part)[-1]) for part in torch.split(self._pictures, _AT_ONCE)])
        mean, spread = held.mean(0), held.std(0) + 1e-3
        score = distances.kid((held - mean) / spread, (torch.cat(seen) - mean) / spread)
        return {"score": score, "recognised": float(torch.cat(named).float().mean())}

    @cached_property
    def _pictures(self) -> Tensor:
        dataset = self._dataset
        pictures = drawn(dataset.families, VALIDATION_SEEDS.start, self._count, SIDE, studio=dataset.studio)
        return pictures.to(self._device)


def _pooled(coarsest: Tensor) -> Tensor:
    return F.avg_pool2d(coarsest, 2).flatten(1)
