"""The engine of soft-fields checkpoints: pictures sampled, rebuilt or interpolated, at any size.

Every latent is found by itself and the decoder always runs over padded slots, so that a picture does not depend on
its neighbours. Weights are safetensors whose digest is checked before they are read.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from generation.engines import devices, resample, weights
from generation.engines.base import EngineError, Made, OnStep, Picture, Pixels, Request, ignore_steps
from generation.engines.finish import Grain, pixels_of
from generation.engines.vae_inputs import read_picture
from generation.engines.vae_network import ATTRIBUTES, SoftFields, VaeArchitecture

__all__ = ["SoftFieldsEngine"]

SLOT_COUNTS = (8, 4, 2, 1)
ENGINE = "vae"
ENGINE_VERSION = "1"
_BAND = 128
_STREAM = 0x736F_6674
_SECONDS_PER_FORWARD, _SECONDS_PER_MEGAPIXEL = 0.12, 0.3


class SoftFieldsEngine:
    """One loaded checkpoint on one device."""

    def __init__(self, network: SoftFields, *, device: str, weights_sha256: str) -> None:
        self.network = network
        self.device = torch.device(device)
        self.weights_sha256 = weights_sha256

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a checkpoint's folder; sets this process's threads.

        Raises EngineError `weights_missing`, `weights_altered`, `weights_unreadable` or `architecture_unknown`.
        """
        values = weights.tensors(folder, weights_sha256)
        try:
            network = SoftFields(VaeArchitecture.parse(weights.document(folder)))
        except ValueError as error:
            raise weights.unknown(folder, str(error)) from error
        weights.fill(network, values, folder)
        torch.set_num_threads(threads)
        network.eval().requires_grad_(False).to(device)
        return cls(network, device=device, weights_sha256=weights_sha256)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """Eight pictures share one pass of the decoder, or fewer where memory is short."""
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
        return -(-len(requests) // SLOT_COUNTS[0]) * _SECONDS_PER_FORWARD + megapixels * _SECONDS_PER_MEGAPIXEL

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        return devices.profile(engine=ENGINE, version=ENGINE_VERSION, device=self.device, slots=slots or SLOT_COUNTS[0])

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pictures, in the order of the requests: the decoder in full batches, then each by itself.

        Raises EngineError `input_missing` where a mode lacks what it works from, and those of `read_picture`.
        """
        slots = slots or SLOT_COUNTS[0]
        on_step(0, len(requests))
        for start in range(0, len(requests), slots):
            for place, made in enumerate(self._batch(requests[start : start + slots], slots), start=start + 1):
                yield made
                on_step(place, len(requests))

    def _batch(self, requests: Sequence[Request], slots: int) -> Iterator[Made]:
        started = time.perf_counter()
        with devices.memory_guarded(), torch.inference_mode():
            latents = [self._latent(request) for request in requests]
            latent = torch.cat(latents + latents[:1] * (slots - len(requests)))
            logits, shading = self.network.fields(latent)
        shared = (time.perf_counter() - started) / len(requests)
        for place, request in enumerate(requests):
            started = time.perf_counter()
            with devices.memory_guarded():
                pixels = self._paint(request, latent[place : place + 1], logits[place], shading[place])
            yield Made(Picture(pixels), request.seed, request.parameters, shared + time.perf_counter() - started)

    def _latent(self, request: Request) -> Tensor:
        """The latent (1, latent) of a request, moved along its attributes."""
        asked = request.parameters
        mode = asked["mode"]
        if mode == "sample":
            latent = self._drawn(request, request.seed)
        elif mode == "reconstruct":
            latent = self._read(request, "source")
        else:
            latent = self._between(request)
        moves = [[float(asked["attributes"].get(name, "0")) for name in ATTRIBUTES]]
        return self.network.shift(latent, torch.tensor(moves, device=self.device))

    def _between(self, request: Request) -> Tensor:
        asked, position = request.parameters, float(request.parameters.get("position", "0.5"))
        if "other" not in request.inputs and "mix_seed" not in asked:
            raise EngineError("input_missing", "An interpolation needs a second end: other, or mix_seed.")
        if not request.inputs:
            # Between two draws the length is kept as well, or the middle would be as grey as the mean.
            first, second = (self._normal(seed) for seed in (request.seed, int(asked["mix_seed"])))
            return self._coloured(request, _arc(first, second, position))
        source = "source" in request.inputs
        first = self._read(request, "source") if source else self._drawn(request, request.seed)
        other = "other" in request.inputs
        second = self._read(request, "other") if other else self._drawn(request, int(asked["mix_seed"]))
        return first + position * (second - first)

    def _normal(self, seed: int) -> Tensor:
        # numpy's stream takes all 63 bits of the seed; torch's CPU generator looks at the lower 32 only.
        random = np.random.default_rng([_STREAM, seed])
        return torch.from_numpy(random.standard_normal((1, self.network.arch.latent), np.float32)).to(self.device)

    def _drawn(self, request: Request, seed: int) -> Tensor:
        return self._coloured(request, self._normal(seed))

    def _coloured(self, request: Request, normal: Tensor) -> Tensor:
        """Normal numbers as a latent of the family that is asked for."""
        family = self.network.arch.families.index(request.parameters["family"])
        spread = float(request.parameters["spread"])
        return self.network.family_mean[family] + spread * normal @ self.network.family_root[family].t()

    def _read(self, request: Request, role: str) -> Tensor:
        if role not in request.inputs:
            raise EngineError("input_missing", f"This mode needs a picture as {role}.")
        size = {side: request.parameters[side] for side in ("width", "height")}
        picture = read_picture(request.inputs[role], **size).to(self.device)
        return self.network.encode(picture)[0]

    @torch.inference_mode()
    def _paint(self, request: Request, latent: Tensor, logits: Tensor, shading: Tensor) -> Pixels:
        """One picture, band by band: the fields cover a square, of which the picture shows the middle."""
        asked = request.parameters
        width, height, strength = asked["width"], asked["height"], float(asked["grain"])
        rows, columns, side = resample.cover_axes(width, height)
        grain = Grain(height, width, seed=request.seed, strength=strength, device=self.device)
        bands = []
        for top in range(rows.start, rows.stop, _BAND):
            band = slice(top, min(top + _BAND, rows.stop))
            painted = self.network.blend(
                latent,
                resample.enlarge(logits, side, band, columns)[None],
                resample.enlarge(shading, side, band, columns)[None],
                temperature=float(asked["temperature"]),
            )
            bands.append(grain.onto(painted[0], top - rows.start))
        return pixels_of(bands)


def _arc(first: Tensor, second: Tensor, position: float) -> Tensor:
    """The place on the arc between two vectors, its length between theirs."""
    one, other = first.norm(), second.norm()
    cosine = ((first * second).sum() / (one * other)).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if float(angle) < 1e-4:
        return first + position * (second - first)
    along = torch.sin((1 - position) * angle) * first / one + torch.sin(position * angle) * second / other
    result: Tensor = along / torch.sin(angle) * ((1 - position) * one + position * other)
    return result
