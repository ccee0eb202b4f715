"""A trained network that paints every picture in the one style it has learned: an encoder, residual blocks, a decoder.

The architecture of Johnson, Alahi and Fei-Fei (2016) with instance normalisation. Whoever trained it on a style work
says so in the checkpoint's card: the work's rights carry over.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines import decoding, devices, weights
from generation.engines.base import Made, OnStep, Picture, Pixels, Request, ignore_steps
from generation.engines.method import Progress

__all__ = ["FastStyleEngine", "FastStyleNetwork", "Shape"]

_SECONDS_PER_MEGAPIXEL = 6.0
_LARGEST = 2048


@dataclass(frozen=True)
class Shape:
    """How wide the first layer is, and how many residual blocks there are."""

    width: int
    blocks: int

    @classmethod
    def parse(cls, document: dict[str, Any]) -> "Shape":
        """The shape that a JSON document states. Raises ValueError for another kind, version or absurd sizes."""
        if document.get("kind") != "fast-style" or document.get("version") != 1:
            raise ValueError("only fast-style architectures of version 1 are known")
        width, blocks = document.get("width"), document.get("blocks")
        if not (isinstance(width, int) and isinstance(blocks, int) and 0 < width <= 128 and 0 < blocks <= 16):
            raise ValueError("width is a whole number from 1 to 128, blocks from 1 to 16")
        return cls(width, blocks)


class _Convolution(nn.Module):
    def __init__(self, inputs: int, outputs: int, size: int, step: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, size, step)
        self.normal = nn.InstanceNorm2d(outputs, affine=True)
        self.margin = size // 2

    def forward(self, values: Tensor) -> Tensor:
        result: Tensor = self.normal(self.convolution(F.pad(values, (self.margin,) * 4, mode="reflect")))
        return result


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _Convolution(width, width, 3), _Convolution(width, width, 3)

    def forward(self, values: Tensor) -> Tensor:
        result: Tensor = values + self.second(F.relu(self.first(values)))
        return result


class FastStyleNetwork(nn.Module):
    """sRGB (batch, 3, height, width) in 0 … 1 to the same shape in 0 … 1; sides are multiples of four."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.down = nn.ModuleList(
            [_Convolution(3, width, 9), _Convolution(width, 2 * width, 3, 2), _Convolution(2 * width, 4 * width, 3, 2)]
        )
        self.blocks = nn.ModuleList([_Residual(4 * width) for _ in range(shape.blocks)])
        self.up = nn.ModuleList([_Convolution(4 * width, 2 * width, 3), _Convolution(2 * width, width, 3)])
        self.last = nn.Conv2d(width, 3, 9)

    def forward(self, picture: Tensor) -> Tensor:
        values = picture
        for layer in self.down:
            values = F.relu(layer(values))
        for block in self.blocks:
            values = block(values)
        for layer in self.up:
            values = F.relu(layer(F.interpolate(values, scale_factor=2.0, mode="nearest")))
        return torch.sigmoid(self.last(F.pad(values, (4,) * 4, mode="reflect")))


class FastStyleEngine:
    """One trained style on one device."""

    def __init__(self, network: FastStyleNetwork, *, device: str, weights_sha256: str) -> None:
        self.network, self.device, self.weights_sha256 = network, torch.device(device), weights_sha256

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load safetensors and `architecture.json`; sets this process's threads. Raises EngineError."""
        values = weights.tensors(folder, weights_sha256)
        try:
            network = FastStyleNetwork(Shape.parse(weights.document(folder)))
        except ValueError as error:
            raise weights.unknown(folder, str(error)) from error
        weights.fill(network, values, folder)
        torch.set_num_threads(threads)
        network.eval().requires_grad_(False).to(device)
        return cls(network, device=device, weights_sha256=weights_sha256)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """One picture at a time: contents have different sizes."""
        return (1,)

    @property
    def memory_bytes(self) -> int:
        """The weights in fp32."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.network.state_dict().values())

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take on one thread of a laptop; a GPU is much faster."""
        sides = [int(request.parameters.get("longest", 1024)) for request in requests]
        return sum(side * side for side in sides) / 1e6 * _SECONDS_PER_MEGAPIXEL

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        return devices.profile(engine="style-transfer", version="1", device=self.device, slots=slots or 1)

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pictures one after another, in the order of the requests."""
        progress = Progress(on_step, len(requests))
        for request in requests:
            started = time.perf_counter()
            with devices.memory_guarded():
                pixels = self._painted(request)
            yield Made(Picture(pixels), request.seed, request.parameters, time.perf_counter() - started)
            progress.advance()

    @torch.inference_mode()
    def _painted(self, request: Request) -> Pixels:
        if "content" not in request.inputs:
            raise decoding.missing("content")
        content = decoding.decoded(request.inputs["content"], "content")
        content = decoding.fitted(content, int(request.parameters.get("longest", _LARGEST)))
        height, width = content.shape[:2]
        picture = torch.from_numpy(content).to(self.device).permute(2, 0, 1)[None].float() / 255
        picture = F.pad(picture, (0, -width % 4, 0, -height % 4), mode="replicate")
        styled = self.network(picture)
        blended = torch.lerp(picture, styled, float(request.parameters["strength"]))[0, :, :height, :width]
        pixels: Pixels = np.rint(blended.permute(1, 2, 0).cpu().numpy() * 255).astype(np.uint8)
        return pixels
