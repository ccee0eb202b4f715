"""A variational autoencoder that decodes to a palette: a picture is few colours and the soft fields that they fill.

The encoder reads 64 px; the decoder gives logit fields and a shading that are enlarged to any size before they are
blended, so that edges stay clean. Knows nothing of requests, files or training.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines.layers import EqualConv, EqualLinear, ModulatedConv, leaky
from generation.engines.palette_field import coordinates

__all__ = ["ATTRIBUTES", "INPUT_SIDE", "SoftFields", "VaeArchitecture"]

INPUT_SIDE = 64
# What a latent direction is kept for, in the order of the rows of `directions`.
ATTRIBUTES = ("lightness", "warmth", "colourfulness", "contrast", "detail")

_COORDINATES = 16
_SHADING_SIDE = 16
_SHARPNESS = 3.0
_LOG_VARIANCE = (-8.0, 4.0)


@dataclass(frozen=True)
class VaeArchitecture:
    """What a checkpoint's `architecture.json` states; `widths` are those of 4, 8, 16, … px."""

    families: tuple[str, ...]
    latent: int = 96
    encoder_widths: tuple[int, ...] = (32, 64, 96, 128)
    widths: tuple[int, ...] = (128, 128, 80, 48)
    colours: int = 8
    kind: str = "soft-fields"
    version: int = 1

    def document(self) -> dict[str, Any]:
        """The architecture as JSON values."""
        lists = {name: list(getattr(self, name)) for name in ("families", "encoder_widths", "widths")}
        return asdict(self) | lists

    @classmethod
    def parse(cls, document: dict[str, Any]) -> "VaeArchitecture":
        """The architecture that a JSON document states. Raises ValueError for another kind, version or bad sizes."""
        if document.get("kind") != "soft-fields" or document.get("version") != 1:
            raise ValueError("only soft-fields architectures of version 1 are known")
        families, encoder, widths = (document.get(name) for name in ("families", "encoder_widths", "widths"))
        if not isinstance(families, list) or not families or len(families) > 256:
            raise ValueError("an architecture lists at least one family")
        if not (isinstance(encoder, list) and len(encoder) == 4 and isinstance(widths, list) and 1 <= len(widths) <= 5):
            raise ValueError("an architecture lists four encoder widths and at most five widths")
        sizes: dict[str, Any] = {name: document.get(name) for name in ("latent", "colours")}
        if not all(isinstance(value, int) and 0 < value <= 1024 for value in (*sizes.values(), *encoder, *widths)):
            raise ValueError("every size of an architecture is a whole number from 1 to 1024")
        return cls(families=tuple(map(str, families)), encoder_widths=tuple(encoder), widths=tuple(widths), **sizes)


class _Encoder(nn.Module):
    """64 px to the mean and the logarithm of the variance of a latent."""

    def __init__(self, arch: VaeArchitecture) -> None:
        super().__init__()
        widths = (12, *arch.encoder_widths)
        self.levels = nn.ModuleList([EqualConv(inputs, width, 3) for inputs, width in pairwise(widths)])
        self.out = EqualLinear(widths[-1] * 16, 2 * arch.latent)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        # Four neighbouring pixels become twelve channels, so that no convolution runs at the full side.
        values = F.pixel_unshuffle(pictures, 2).contiguous(memory_format=torch.channels_last)
        for place, level in enumerate(self.levels):
            values = leaky(level(values if place == 0 else F.avg_pool2d(values, 2)))
        mean, log_variance = self.out(values.flatten(1)).chunk(2, 1)
        return mean, log_variance.clamp(*_LOG_VARIANCE)


class _Level(nn.Module):
    """Two modulated convolutions at one resolution, and what they add to the logits and to the shading."""

    def __init__(self, arch: VaeArchitecture, place: int) -> None:
        super().__init__()
        width = arch.widths[place]
        inputs = arch.widths[place - 1] if place else width
        self.first = ModulatedConv(inputs + _COORDINATES, width, 3, arch.latent)
        self.second = ModulatedConv(width, width, 3, arch.latent)
        self.first_bias = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.second_bias = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.logits = EqualConv(width, arch.colours, 1)
        self.shading = EqualConv(width, 3, 1)

    def forward(self, values: Tensor, latent: Tensor) -> Tensor:
        places = coordinates(values.shape[-1], values.device)
        values = torch.cat([values, places.expand(len(values), -1, -1, -1)], 1)
        values = leaky(self.first(values, latent) + self.first_bias)
        return leaky(self.second(values, latent) + self.second_bias)


class SoftFields(nn.Module):
    """The network: `encode` reads a picture, `fields` runs the decoder, `blend` makes a picture of any size.

    Beside the weights it keeps what was measured on the training pictures' latents: for each family a mean and the
    lower root of the covariance, which turns normal numbers into latents of that family; and for each attribute the
    shift that raises it by one standard deviation and leaves the other attributes alone.
    """

    family_mean: Tensor
    family_root: Tensor
    directions: Tensor

    def __init__(self, arch: VaeArchitecture) -> None:
        super().__init__()
        self.arch = arch
        self.encoder = _Encoder(arch)
        self.seed_map = EqualLinear(arch.latent, arch.widths[0] * 16)
        self.levels = nn.ModuleList([_Level(arch, place) for place in range(len(arch.widths))])
        self.palette = nn.Sequential(
            EqualLinear(arch.latent, arch.latent), nn.LeakyReLU(0.2), EqualLinear(arch.latent, arch.colours * 3)
        )
        self.palette_bias = nn.Parameter(torch.rand(1, arch.colours, 3) * 2 - 1)
        families = len(arch.families)
        self.register_buffer("family_mean", torch.zeros(families, arch.latent))
        self.register_buffer("family_root", torch.eye(arch.latent).repeat(families, 1, 1))
        self.register_buffer("directions", torch.zeros(len(ATTRIBUTES), arch.latent))

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (batch, 3, 64, 64) of -1 … 1 to mean and log variance, (batch, latent) each."""
        result: tuple[Tensor, Tensor] = self.encoder(pictures)
        return result

    def fields(self, latent: Tensor, *, side: int | None = None) -> tuple[Tensor, Tensor]:
        """Logits (batch, colours, side, side) and shading (batch, 3, ≤16, ≤16) of latents (batch, latent).

        `side` stops the decoder early, for training that goes from coarse to fine.
        """
        values = leaky(self.seed_map(latent)).view(len(latent), -1, 4, 4)
        values = values.contiguous(memory_format=torch.channels_last)
        logits = shading = torch.zeros(())
        for place, level in enumerate(cast("Iterable[_Level]", self.levels)):
            if place:
                values = F.interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)
                logits = F.interpolate(logits, scale_factor=2, mode="bicubic", align_corners=False)
            values = level(values, latent)
            logits = logits + level.logits(values)
            if values.shape[-1] <= _SHADING_SIDE:
                if place:
                    shading = F.interpolate(shading, scale_factor=2, mode="bilinear", align_corners=False)
                shading = shading + level.shading(values)
            if values.shape[-1] == side:
                break
        return logits, shading

    def colours(self, latent: Tensor) -> Tensor:
        """The palette of each latent: (batch, colours, 3), -1 … 1."""
        return torch.tanh(self.palette_bias + self.palette(latent).view(-1, self.arch.colours, 3))

    def blend(self, latent: Tensor, logits: Tensor, shading: Tensor, *, temperature: float = 1.0) -> Tensor:
        """The picture (batch, 3, height, width), about -1 … 1, from fields at its own size."""
        share = torch.softmax(logits * (_SHARPNESS / temperature), 1)
        return torch.einsum("bkhw,bkc->bchw", share, self.colours(latent)) + 0.25 * torch.tanh(shading * 0.7)

    def decode(self, latent: Tensor, *, size: int, side: int | None = None, temperature: float = 1.0) -> Tensor:
        """Latents (batch, latent) to square pictures, for training and measuring; engines enlarge band by band."""
        logits, shading = self.fields(latent, side=side)
        logits = F.interpolate(logits, size=(size, size), mode="bicubic", align_corners=False)
        shading = F.interpolate(shading, size=(size, size), mode="bicubic", align_corners=False)
        return self.blend(latent, logits, shading, temperature=temperature)

    def shift(self, latent: Tensor, amounts: Tensor) -> Tensor:
        """Latents moved along the attributes: amounts (batch, attributes) in standard deviations."""
        return latent + amounts @ self.directions
