"""The engine of palette-field checkpoints: pictures of any size from a few megabytes of weights.

Weights are safetensors whose digest is checked before they are read. Randomness comes from one CPU stream per seed,
and the backbone always runs over eight padded slots, so that a picture does not depend on its neighbours. A picture may
also lie between two seeds, and a walk goes from seed to seed and back to the first.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from generation.engines import devices, resample, weights
from generation.engines.base import EngineError, Made, OnStep, Picture, Pixels, Request, ignore_steps
from generation.engines.finish import Grain, pixels_of
from generation.engines.palette_field import Architecture, PaletteField

__all__ = ["PaletteFieldEngine"]

SLOT_COUNTS = (8, 4, 2, 1)
ENGINE = "palette-field"
ENGINE_VERSION = "1"
# Rows painted at a time: the working set stays within a processor's cache, and a 4096 px picture within its memory.
_BAND = 128
_STREAM = 0x6C61_7465
_NO_ANGLE = 1e-6
_SECONDS_PER_FORWARD, _SECONDS_PER_MEGAPIXEL = 0.15, 0.35


@dataclass(frozen=True)
class _Seeded:
    """What a seed, or a place between two, alone decides: the latent, and one noise map for each level of the backbone.

    Between two seeds the latent turns from the one direction to the other. Noise is blended, and raised again to the
    deviation that it has at both ends: a picture in the middle is no smoother than its parents.
    """

    latent: Tensor
    noise: dict[int, Tensor]

    @classmethod
    def draw(cls, seed: int, arch: Architecture) -> Self:
        # numpy's stream takes all 63 bits of the seed; torch's CPU generator looks at the lower 32 only.
        random = np.random.default_rng([_STREAM, seed])
        latent = torch.from_numpy(random.standard_normal((1, arch.latent), np.float32))
        sides = [4 * 2**place for place in range(len(arch.widths))]
        noise = {side: torch.from_numpy(random.standard_normal((1, 1, side, side), np.float32)) for side in sides}
        return cls(latent, noise)

    def towards(self, other: Self, part: float) -> Self:
        """The place that lies `part` (0 … 1) of the way from here to another seed's; 0 is here, to the bit."""
        if part == 0:
            return self
        if part == 1:
            return other
        near, far = 1 - part, part
        level = math.hypot(near, far)
        noise = {side: (own * near + other.noise[side] * far) / level for side, own in self.noise.items()}
        return type(self)(_turned(self.latent, other.latent, part), noise)


def _turned(here: Tensor, there: Tensor, part: float) -> Tensor:
    """Spherical interpolation of two latents; only their directions count, so both are brought to one length."""
    here, there = (latent.double() / latent.double().norm() for latent in (here, there))
    angle = torch.acos((here * there).sum().clamp(-1, 1))
    if float(angle) < _NO_ANGLE:
        turned = here
    else:
        turned = (torch.sin((1 - part) * angle) * here + torch.sin(part * angle) * there) / torch.sin(angle)
    return (turned * math.sqrt(turned.numel())).float()


class PaletteFieldEngine:
    """One loaded checkpoint on one device."""

    def __init__(self, network: PaletteField, *, device: str, weights_sha256: str) -> None:
        self.network = network
        self.device = torch.device(device)
        self.weights_sha256 = weights_sha256

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load `weights.safetensors` and `architecture.json` from a checkpoint's folder; sets this process's threads.

        Raises EngineError `weights_missing`, `weights_altered` (another digest than `weights_sha256`),
        `weights_unreadable` or `architecture_unknown`.
        """
        values = weights.tensors(folder, weights_sha256)
        try:
            network = PaletteField(Architecture.parse(weights.document(folder)))
        except ValueError as error:
            raise weights.unknown(folder, str(error)) from error
        weights.fill(network, values, folder)
        torch.set_num_threads(threads)
        network.eval().requires_grad_(False).to(device)
        return cls(network, device=device, weights_sha256=weights_sha256)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """Eight pictures share one pass of the backbone, or fewer where memory is short."""
        return SLOT_COUNTS

    @property
    def memory_bytes(self) -> int:
        """The weights in fp32."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.network.state_dict().values())

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take on one thread of a laptop; a GPU is faster."""
        megapixels: float = (
            sum(request.parameters["width"] * request.parameters["height"] for request in requests) / 1e6
        )
        forwards = -(-len(requests) // SLOT_COUNTS[0])
        return forwards * _SECONDS_PER_FORWARD + megapixels * _SECONDS_PER_MEGAPIXEL

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        return devices.profile(engine=ENGINE, version=ENGINE_VERSION, device=self.device, slots=slots or SLOT_COUNTS[0])

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pictures, in the order of the requests: the backbone in full batches, then each by itself."""
        slots = slots or SLOT_COUNTS[0]
        on_step(0, len(requests))
        for start in range(0, len(requests), slots):
            for place, made in enumerate(self._batch(requests[start : start + slots], slots), start=start + 1):
                yield made
                on_step(place, len(requests))

    def frames(
        self, request: Request, *, seeds: Sequence[int], positions: Sequence[float], slots: int | None = None
    ) -> Iterator[Pixels]:
        """The pictures of a walk from the request's seed over `seeds` and back to it, in the order of `positions`.

        Position 0 is the request's own picture, 1 the first of `seeds`, 1.5 halfway to the next; after the last of them
        the way leads home, and positions go on from the start: with n seeds, n + 1 is 0 again. The grain is that of the
        request throughout, and its `mix_seed` is left out of account. Raises EngineError `walk_empty` without seeds.
        """
        if not seeds:
            raise EngineError("walk_empty", "A walk needs at least one other seed.")
        slots = slots or SLOT_COUNTS[0]
        stops = [_Seeded.draw(seed, self.network.arch) for seed in (request.seed, *seeds)]
        for start in range(0, len(positions), slots):
            places = [_on_the_way(stops, position) for position in positions[start : start + slots]]
            with devices.memory_guarded():
                style, logits, shading = self._backbone([request] * len(places), places, slots)
            for place in range(len(places)):
                with devices.memory_guarded():
                    pixels = self._paint(request, style[place : place + 1], logits[place], shading[place])
                yield pixels

    def _place(self, request: Request) -> _Seeded:
        """Where a request's picture lies: at its seed, or on the way to `mix_seed`."""
        here = _Seeded.draw(request.seed, self.network.arch)
        other, part = request.parameters.get("mix_seed"), float(request.parameters.get("mix") or 0)
        return here if other is None else here.towards(_Seeded.draw(int(other), self.network.arch), part)

    def _batch(self, requests: Sequence[Request], slots: int) -> Iterator[Made]:
        started = time.perf_counter()
        with devices.memory_guarded():
            places = [self._place(request) for request in requests]
            style, logits, shading = self._backbone(requests, places, slots)
        shared = (time.perf_counter() - started) / len(requests)
        for place, request in enumerate(requests):
            started = time.perf_counter()
            own = slice(place, place + 1)
            with devices.memory_guarded():
                pixels = self._paint(request, style[own], logits[place], shading[place])
            seconds = shared + time.perf_counter() - started
            yield Made(Picture(pixels), request.seed, request.parameters, seconds)

    @torch.inference_mode()
    def _backbone(
        self, requests: Sequence[Request], places: Sequence[_Seeded], slots: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Styles, logits and shading of all slots; empty slots repeat the first request."""
        empty = slots - len(requests)
        arch = self.network.arch
        drawn = [*places, *[places[0]] * empty]
        asked = [*requests, *[requests[0]] * empty]
        cuts = torch.tensor([float(request.parameters["truncation"]) for request in asked], device=self.device)
        family = torch.tensor(
            [arch.families.index(request.parameters["family"]) for request in asked], device=self.device
        )
        style = self.network.style(torch.cat([seeded.latent for seeded in drawn]).to(self.device), family)
        mean = self.network.style_mean[family]
        style = mean + cuts[:, None] * (style - mean)
        rough = torch.tensor([float(request.parameters.get("roughness", 1)) for request in asked])[:, None, None, None]
        noise = {
            side: (torch.cat([seeded.noise[side] for seeded in drawn]) * rough).to(self.device)
            for side in drawn[0].noise
        }
        logits, shading = self.network.fields(style, noise.__getitem__)
        return style, logits, shading

    @torch.inference_mode()
    def _paint(self, request: Request, style: Tensor, logits: Tensor, shading: Tensor) -> Pixels:
        """One picture, band by band: the fields cover a square, of which the picture shows the middle."""
        asked = request.parameters
        width, height, strength = asked["width"], asked["height"], float(asked["grain"])
        rows, columns, side = resample.cover_axes(width, height)
        grain = Grain(height, width, seed=request.seed, strength=strength, device=self.device)
        bands = []
        for top in range(rows.start, rows.stop, _BAND):
            band = slice(top, min(top + _BAND, rows.stop))
            painted = self.network.blend(
                style,
                resample.enlarge(logits, side, band, columns)[None],
                resample.enlarge(shading, side, band, columns)[None],
                rows=self._axis(side, band),
                columns=self._axis(side, columns),
                temperature=float(asked["temperature"]),
            )
            bands.append(grain.onto(painted[0], top - rows.start))
        return pixels_of(bands)

    def _axis(self, side: int, part: slice) -> Tensor:
        places = torch.arange(part.start, part.stop, dtype=torch.float32, device=self.device)
        return (places * 2 + 1) / side - 1


def _on_the_way(stops: Sequence[_Seeded], position: float) -> _Seeded:
    """Where a position lies on the closed way over the stops."""
    position %= len(stops)
    place = int(position)
    return stops[place].towards(stops[(place + 1) % len(stops)], position - place)
