"""The palette-field generator: a small network that paints with a few colours of its own choosing, at any size.

A modulated backbone makes one logit field for each colour and one soft shading field; a handful of drawn shapes
(ellipses to rectangles) are added to the logits at the final size. The picture is the softmax over the colours, plus
the shading. Version 2 also draws a line of one more colour where two fields meet (leads, crests, rims), as strongly
as a fourth channel of the shading says, and begins from the style instead of from a constant.
Knows nothing of requests, files or training.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines import resample
from generation.engines.layers import EqualLinear, ModulatedConv, leaky

__all__ = ["Architecture", "Noise", "PaletteField", "coordinates"]

Noise = Callable[[int], Tensor]

COORDINATES = 16
_SHADING_SIDE = {1: 16, 2: 32}
_SHADING_CHANNELS = {1: 3, 2: 4}
_SHADING_REACH = {1: 0.25, 2: 0.4}
_PRIMITIVE_NUMBERS = 8
_SHARPNESS = 3.0
# A line is faint until the network wants it.
_LINE_BIAS = -2.0
_LINE_GAIN = 2.5


@dataclass(frozen=True)
class Architecture:
    """What a checkpoint's `architecture.json` states; the families are its class labels, in order."""

    families: tuple[str, ...]
    latent: int = 96
    style: int = 96
    widths: tuple[int, ...] = (128, 128, 96, 48)
    colours: int = 8
    primitives: int = 6
    kind: str = "palette-field"
    version: int = 1

    def document(self) -> dict[str, Any]:
        """The architecture as JSON values."""
        return asdict(self) | {"families": list(self.families), "widths": list(self.widths)}

    @classmethod
    def parse(cls, document: dict[str, Any]) -> "Architecture":
        """The architecture that a JSON document states. Raises ValueError for another kind, version or bad sizes."""
        version = document.get("version")
        if document.get("kind") != "palette-field" or version not in (1, 2):
            raise ValueError("only palette-field architectures of versions 1 and 2 are known")
        sizes: dict[str, Any] = {key: document.get(key) for key in ("latent", "style", "colours", "primitives")}
        widths, families = document.get("widths"), document.get("families")
        if not isinstance(widths, list) or not isinstance(families, list) or not families or len(widths) > 6:
            raise ValueError("an architecture lists its widths and at least one family")
        if not all(isinstance(value, int) and 0 < value <= 1024 for value in (*sizes.values(), *widths)):
            raise ValueError("every size of an architecture is a whole number from 1 to 1024")
        return cls(families=tuple(map(str, families)), widths=tuple(widths), version=version, **sizes)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def coordinates(side: int, device: torch.device) -> Tensor:
    """Sixteen fixed maps of place over a square from -1 to 1: axes, radius, slow waves, petals; (1, 16, side, side)."""
    axis = (torch.arange(side, dtype=torch.float32) * 2 + 1) / side - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    radius = torch.sqrt(x * x + y * y)
    angle = torch.atan2(x, -y)
    maps = [x, y, radius]
    for turns in (torch.pi, 2 * torch.pi):
        maps += [torch.sin(turns * x), torch.cos(turns * x), torch.sin(turns * y), torch.cos(turns * y)]
    maps += [torch.cos(petals * angle) * torch.tanh(3 * radius) for petals in (4, 5, 6, 8, 10)]
    return torch.stack(maps)[None].contiguous(memory_format=torch.channels_last).to(device)


class _Level(nn.Module):
    """Two modulated convolutions at one resolution, and what they add to the logits and to the shading."""

    def __init__(self, arch: Architecture, place: int) -> None:
        super().__init__()
        self.place, self.late = place, arch.version > 1
        width = arch.widths[place]
        inputs = arch.widths[place - 1] + COORDINATES if place else arch.widths[0]
        self.first = ModulatedConv(inputs, width, 3, arch.style)
        self.second = ModulatedConv(width, width, 3, arch.style)
        self.first_bias = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.second_bias = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.noise_strength = nn.Parameter(torch.zeros(1, width, 1, 1))
        self.logits = ModulatedConv(width, arch.colours, 1, arch.style, normalise=False)
        self.shading = ModulatedConv(width, _SHADING_CHANNELS[arch.version], 1, arch.style, normalise=False)
        if arch.version > 1 and place > 2:  # fine levels come in later and change nothing until they have learned to
            nn.init.zeros_(self.logits.weight)
            nn.init.zeros_(self.shading.weight)

    def forward(self, values: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        """Values to twice their side, or to the same side on the first level, which has no level below it."""
        grow = values.shape[-1] != noise.shape[-1]
        if grow and not self.late:
            values = _enlarge(values)
        if self.place:
            values = torch.cat([values, coordinates(values.shape[-1], values.device).expand(len(style), -1, -1, -1)], 1)
        values = self.first(values, style)
        if grow and self.late:  # a quarter of the cost, and no visible difference
            values = _enlarge(values)
        values = leaky(values + self.noise_strength * noise + self.first_bias)
        return leaky(self.second(values, style) + self.second_bias)

    def paint(self, values: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """What this level adds to the logits and to the shading."""
        return self.logits(values, style), self.shading(values, style)


class PaletteField(nn.Module):
    """The network. `style` maps latents, `fields` runs the backbone, `paint` makes a picture of any size."""

    style_mean: Tensor

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.arch = arch
        families = len(arch.families)
        self.family = nn.Embedding(families, 32)
        self.mapping = nn.Sequential(
            EqualLinear(arch.latent + 32, arch.style, pace=0.1),
            nn.LeakyReLU(0.2),
            EqualLinear(arch.style, arch.style, pace=0.1),
            nn.LeakyReLU(0.2),
            EqualLinear(arch.style, arch.style, pace=0.1),
        )
        if arch.version == 1:
            self.constant = nn.Parameter(torch.randn(1, arch.widths[0], 4, 4))
        else:
            self.start = EqualLinear(arch.style, arch.widths[0] * 16)
            self.line = EqualLinear(arch.style, 3)
        self.levels = nn.ModuleList([_Level(arch, place) for place in range(len(arch.widths))])
        self.palette = EqualLinear(arch.style, arch.colours * 3)
        self.palette_bias = nn.Parameter(torch.rand(1, arch.colours, 3) * 2 - 1)
        self.shapes = EqualLinear(arch.style, arch.primitives * (_PRIMITIVE_NUMBERS + arch.colours))
        self.register_buffer("style_mean", torch.zeros(families, arch.style))

    def style(self, latent: Tensor, family: Tensor) -> Tensor:
        """(batch, latent) normal numbers and (batch,) family numbers to (batch, style)."""
        latent = latent * torch.rsqrt(latent.square().mean(1, keepdim=True) + 1e-8)
        result: Tensor = self.mapping(torch.cat([latent, self.family(family)], 1))
        return result

    def fields(self, style: Tensor, noise: Noise, *, side: int | None = None) -> tuple[Tensor, Tensor]:
        """Logits (batch, colours, side, side) and shading, smaller; `side` stops the backbone early.

        `noise(side)` gives one map (batch, 1, side, side) of normal numbers for each level.
        """
        values = self._begin(style).contiguous(memory_format=torch.channels_last)
        logits = shading = torch.zeros((), device=style.device)
        for place, level in enumerate(cast("Iterable[_Level]", self.levels)):
            here = 4 * 2**place
            if place:
                logits = self._sharper(logits, 2 * logits.shape[-1])
            values = level(values, style, noise(here))
            more_logits, more_shading = level.paint(values, style)
            logits = logits + more_logits
            if here <= _SHADING_SIDE[self.arch.version]:
                shading = more_shading + (_enlarge(shading) if place else 0)
            if here == side:
                break
        return logits, shading

    def _sharper(self, fields: Tensor, size: int) -> Tensor:
        """Fields of one side at another, bicubic in version 1 and Lanczos, as the engine does it, in version 2."""
        if fields.shape[-1] == size:
            return fields
        if self.arch.version == 1:
            return F.interpolate(fields, size=(size, size), mode="bicubic", align_corners=False)
        return resample.enlarge(fields, size, slice(size), slice(size))

    def _begin(self, style: Tensor) -> Tensor:
        if self.arch.version == 1:
            return self.constant.expand(len(style), -1, -1, -1)
        start: Tensor = self.start(style)
        return start.view(len(style), -1, 4, 4)

    def paint(self, style: Tensor, logits: Tensor, shading: Tensor, *, size: int, temperature: float = 1.0) -> Tensor:
        """The picture (batch, 3, size, size), about -1 … 1; a lower temperature gives harder edges."""
        logits, shading = self._sharper(logits, size), self._sharper(shading, size)
        axis = (torch.arange(size, dtype=torch.float32, device=style.device) * 2 + 1) / size - 1
        return self.blend(style, logits, shading, rows=axis, columns=axis, temperature=temperature)

    def blend(
        self, style: Tensor, logits: Tensor, shading: Tensor, *, rows: Tensor, columns: Tensor, temperature: float
    ) -> Tensor:
        """The picture from fields at its own size; `rows` and `columns` place them in the square from -1 to 1."""
        logits = logits + self._draw_shapes(style, rows, columns)
        colours = torch.tanh(self.palette_bias + self.palette(style).view(-1, self.arch.colours, 3))
        share = torch.softmax(logits * (_SHARPNESS / temperature), 1)
        picture = torch.einsum("bkhw,bkc->bchw", share, colours)
        picture = picture + _SHADING_REACH[self.arch.version] * torch.tanh(shading[:, :3] * 0.7)
        return picture if self.arch.version == 1 else self._draw_lines(style, picture, share, shading[:, 3:])

    def _draw_lines(self, style: Tensor, picture: Tensor, share: Tensor, wish: Tensor) -> Tensor:
        """The picture with a line where two colours meet: there no colour has the place to itself."""
        line = (1 - share.square().sum(1, keepdim=True)) * torch.sigmoid(wish + _LINE_BIAS) * _LINE_GAIN
        colour = torch.tanh(self.line(style))[:, :, None, None]
        return torch.lerp(picture, colour, line.clamp(0, 1))

    def _draw_shapes(self, style: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """What a few ellipses to rectangles of the latent's choosing add to the logits, drawn at the final size."""
        numbers = self.shapes(style).view(len(style), self.arch.primitives, -1)
        form, weight = numbers[..., :_PRIMITIVE_NUMBERS], numbers[..., _PRIMITIVE_NUMBERS:]
        turn = torch.stack([form[..., 4] + 1.5, form[..., 5]], -1)
        turn = turn * torch.rsqrt(turn.square().sum(-1, keepdim=True) + 1e-4)
        centre = torch.tanh(form[..., 0:2] * 0.5) * 1.1
        reach = torch.exp(torch.clamp(form[..., 2:4] * 0.5 - 0.9, -3.0, 0.7))
        across = columns - centre[..., 0:1]
        down = rows - centre[..., 1:2]
        cosine, sine = turn[..., 0, None, None], turn[..., 1, None, None]
        u = (cosine * across[..., None, :] + sine * down[..., :, None]) / reach[..., 0, None, None]
        v = (cosine * down[..., :, None] - sine * across[..., None, :]) / reach[..., 1, None, None]
        square = torch.sigmoid(form[..., 6] * 2 - 1)[..., None, None]
        distance = torch.sqrt(u * u + v * v + 1e-6) * (1 - square) + torch.maximum(u.abs(), v.abs()) * square
        hardness = torch.exp(torch.clamp(form[..., 7] * 0.5 + 2.0, 0.5, 4.0))[..., None, None]
        return torch.einsum("bphw,bpk->bkhw", torch.sigmoid((1 - distance) * hardness), weight)

    def forward(self, latent: Tensor, family: Tensor, noise: Noise, *, size: int, temperature: float = 1.0) -> Tensor:
        """Style, fields and picture in one; below the backbone's full side, the backbone stops at `size`."""
        style = self.style(latent, family)
        logits, shading = self.fields(style, noise, side=size)
        return self.paint(style, logits, shading, size=size, temperature=temperature)


def _enlarge(values: Tensor) -> Tensor:
    if values.is_cuda:  # there the library's way back from it is slow, or different each time
        return resample.double(values)
    return F.interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)
