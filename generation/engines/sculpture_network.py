"""A latent's signed distance field: a multilayer perceptron over points of space whose layers the latent bends.

After Park et al., DeepSDF (2019): points go in again half-way, the latent of every training form is learnt with the
weights. Knows nothing of requests, meshes, files or training.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["DistanceField", "Folded", "SculptureArchitecture"]

# The finest wave that a point is described with has 2^(BANDS - 1) / 2 periods per unit.
BANDS = 4
_FEATURES = 3 + 6 * BANDS


@dataclass(frozen=True)
class SculptureArchitecture:
    """What a checkpoint's `architecture.json` states. Fields are cut at `reach` units; forms lie within ±1."""

    families: tuple[str, ...]
    forms_per_family: int
    latent: int = 64
    width: int = 160
    depth: int = 5
    reach: float = 0.1
    kind: str = "distance-field"
    version: int = 1

    def document(self) -> dict[str, Any]:
        """The architecture as JSON values; `reach` is a decimal as text."""
        return asdict(self) | {"families": list(self.families), "reach": str(self.reach)}

    @classmethod
    def parse(cls, document: dict[str, Any]) -> "SculptureArchitecture":
        """The architecture that a JSON document states. Raises ValueError for another kind, version or bad sizes."""
        if document.get("kind") != "distance-field" or document.get("version") != 1:
            raise ValueError("only distance-field architectures of version 1 are known")
        families = document.get("families")
        if not isinstance(families, list) or not families or len(families) > 256:
            raise ValueError("an architecture lists at least one family")
        sizes: dict[str, Any] = {name: document.get(name) for name in ("forms_per_family", "latent", "width", "depth")}
        if not all(isinstance(value, int) and 0 < value <= 1024 for value in sizes.values()) or sizes["depth"] < 2:
            raise ValueError("every size of an architecture is a whole number up to 1024")
        reach = float(document.get("reach", ""))
        if not 0.01 <= reach <= 1:
            raise ValueError("reach is from 0.01 to 1")
        return cls(families=tuple(map(str, families)), reach=reach, **sizes)


@dataclass(frozen=True)
class Folded:
    """The network for fixed latents: one weight (latents, inputs, outputs) and shift (latents, 1, outputs) a layer."""

    weights: tuple[Tensor, ...]
    shifts: tuple[Tensor, ...]
    reach: float

    def __call__(self, points: Tensor) -> Tensor:
        """Points (latents, count, 3) to distances (latents, count), about -reach … reach, negative inside."""
        features = _describe(points)
        values = features
        last = len(self.weights) - 1
        for place, (weight, shift) in enumerate(zip(self.weights, self.shifts, strict=True)):
            if place == (last + 1) // 2:
                values = torch.cat([values, features], 2)
            values = torch.baddbmm(shift, values, weight)
            if place < last:
                values = F.silu(values)
        return torch.tanh(values[..., 0]) * (1.25 * self.reach)


class DistanceField(nn.Module):
    """The network and what it learnt of its training forms: their latents, (families, forms per family, latent)."""

    codes: Tensor

    def __init__(self, arch: SculptureArchitecture) -> None:
        super().__init__()
        self.arch = arch
        skip = arch.depth // 2
        self.inputs = [_FEATURES] + [arch.width + (_FEATURES if place == skip else 0) for place in range(1, arch.depth)]
        outputs = [arch.width] * (arch.depth - 1) + [1]
        layers = [nn.Linear(i, o) for i, o in zip(self.inputs, outputs, strict=True)]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.normal_(layers[-1].weight, std=0.02)
        self.layers = nn.ModuleList(layers)
        bends = nn.Linear(2 * arch.latent, 2 * arch.width * (arch.depth - 1))
        self.bend = nn.Sequential(nn.Linear(arch.latent, 2 * arch.latent), nn.SiLU(), bends)
        nn.init.normal_(bends.weight, std=0.1)
        nn.init.zeros_(bends.bias)
        self.register_buffer("codes", torch.zeros(len(arch.families), arch.forms_per_family, arch.latent))

    def fold(self, latents: Tensor) -> Folded:
        """Work the latents (count, latent) into the layers, so that points cost only the layers themselves."""
        stretch, push = self.bend(latents).view(len(latents), 2, self.arch.depth - 1, self.arch.width).unbind(1)
        weights, shifts = [], []
        for place, layer in enumerate(cast("Iterable[nn.Linear]", self.layers)):
            weight, shift = layer.weight.t()[None], layer.bias[None, None]
            if place < self.arch.depth - 1:
                scale = 1 + stretch[:, place, None]
                weight, shift = weight * scale, shift * scale + push[:, place, None]
            else:
                weight, shift = weight.expand(len(latents), -1, -1), shift.expand(len(latents), -1, -1)
            weights.append(weight)
            shifts.append(shift)
        return Folded(tuple(weights), tuple(shifts), self.arch.reach)


def _describe(points: Tensor) -> Tensor:
    """Points (…, 3) with sines and cosines of half a period per unit and its octaves: (…, 27)."""
    parts = [points]
    for band in range(BANDS):
        turned = points * (torch.pi * 2.0**band / 2)
        parts += [torch.sin(turned), torch.cos(turned)]
    return torch.cat(parts, -1)
