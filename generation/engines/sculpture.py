"""The engine of distance-field checkpoints: sculptures as closed meshes, with a still of each.

A seed draws a latent among those learnt; its field becomes one body on a plinth. Each sculpture is made by itself on
the processor, so that it never depends on what else is made. Weights are safetensors whose digest is checked first.
"""

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from generation.engines import devices, sculpture_field, sculpture_mesh, sculpture_still, weights
from generation.engines.base import Companion, EngineError, FileWork, Made, OnStep, Request, ignore_steps
from generation.engines.sculpture_materials import MATERIALS, Material
from generation.engines.sculpture_network import DistanceField, SculptureArchitecture

__all__ = ["SculptureEngine"]

ENGINE = "sculpture"
ENGINE_VERSION = "1"
GLB, STL = "model/gltf-binary", "model/stl"
_STREAM = 0x7363_756C
# A seed whose first latent gives no sound body gets another, and another; then it is refused.
_ATTEMPTS = 4
_STEPS_EACH = 3
_SECONDS_PER_CELL = 1.6e-6
_SECONDS_PER_PIXEL = 6e-6


class SculptureEngine:
    """One loaded checkpoint. Works on the processor whatever the device: a field is asked at scattered points."""

    def __init__(self, network: DistanceField, *, weights_sha256: str) -> None:
        self.network = network
        self.weights_sha256 = weights_sha256

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a checkpoint's folder; sets this process's threads.

        Raises EngineError `weights_missing`, `weights_altered`, `weights_unreadable` or `architecture_unknown`.
        """
        values = weights.tensors(folder, weights_sha256)
        try:
            network = DistanceField(SculptureArchitecture.parse(weights.document(folder)))
        except ValueError as error:
            raise weights.unknown(folder, str(error)) from error
        weights.fill(network, values, folder)
        torch.set_num_threads(threads)
        network.eval().requires_grad_(False)
        return cls(network, weights_sha256=weights_sha256)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """One at a time."""
        return (1,)

    @property
    def memory_bytes(self) -> int:
        """The weights in fp32."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.network.state_dict().values())

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take on one thread of a laptop."""
        cells = sum(int(request.parameters["detail"]) ** 3 for request in requests)
        pixels = sum(int(request.parameters["still_px"]) ** 2 for request in requests)
        return cells * _SECONDS_PER_CELL + pixels * _SECONDS_PER_PIXEL

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        device = torch.device("cpu")
        return devices.profile(engine=ENGINE, version=ENGINE_VERSION, device=device, slots=slots or 1)

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the sculptures, in the order of the requests.

        Raises EngineError `sculpture_empty` or `sculpture_unsound` for a seed that gives no sound body.
        """
        steps = _STEPS_EACH * len(requests)
        on_step(0, steps)
        for place, request in enumerate(requests):
            started = time.perf_counter()
            with devices.memory_guarded():
                lattice, body = self.shaped(request)
                on_step(_STEPS_EACH * place + 1, steps)
                work = _delivered(request, lattice, body)
            yield Made(work, request.seed, request.parameters, time.perf_counter() - started)
            on_step(_STEPS_EACH * (place + 1), steps)

    def shaped(self, request: Request) -> tuple[sculpture_field.Lattice, sculpture_mesh.Body]:
        """The field and the body of a request, without files or a still."""
        asked, refused = request.parameters, EngineError("sculpture_unsound", "")
        for attempt in range(_ATTEMPTS):
            with torch.inference_mode():
                folded = self.network.fold(self._latent(request, attempt))
            try:
                lattice = sculpture_field.lattice_of(folded, cells=int(asked["detail"]), plinth=asked["plinth"])
                return lattice, sculpture_mesh.extract(lattice, height_mm=float(asked["height_mm"]))
            except EngineError as error:
                refused = error
        raise refused

    def _latent(self, request: Request, attempt: int) -> Tensor:
        """A latent (1, latent) between learnt ones of the family, and from there towards one of another family."""
        asked = request.parameters
        random = np.random.default_rng([_STREAM, request.seed, attempt])
        latent = self._among(asked["family"], random, float(asked["variety"]))
        if "blend_family" in asked:
            other = self._among(asked["blend_family"], random, float(asked["variety"]))
            latent = latent + float(asked.get("blend", "0.5")) * (other - latent)
        return latent[None]

    def drawn(self, family: str, seed: int) -> Tensor:
        """The latent (latent,) that a seed gives at full variety, for measuring."""
        return self._among(family, np.random.default_rng([_STREAM, seed, 0]), 1.0)

    def _among(self, family: str, random: np.random.Generator, variety: float) -> Tensor:
        """Between a learnt form and one of those nearest to it: every place on the way is close to something learnt."""
        codes = self.network.codes[self.network.arch.families.index(family)]
        first = codes[int(random.integers(len(codes)))]
        nearest = torch.argsort((codes - first).square().sum(1), stable=True)[1 : 1 + max(1, len(codes) // 6)]
        second = codes[int(nearest[int(random.integers(len(nearest)))])] if len(nearest) else first
        latent = first + float(random.uniform(0.15, 0.85)) * (second - first)
        mean = codes.mean(0)
        return mean + variety * (latent - mean)


def _delivered(request: Request, lattice: sculpture_field.Lattice, body: sculpture_mesh.Body) -> FileWork:
    asked = request.parameters
    material = _material(request)
    side = int(asked["still_px"])
    turn = math.radians(int(asked["turn"]))
    still = sculpture_still.photograph(lattice, material, side=side, turn=turn, seed=request.seed)
    return FileWork(
        kind="sculpture",
        media_type=GLB,
        data=sculpture_mesh.glb(body, material, name="sculpture"),
        still=still,
        size=(side, side),
        companions={"stl": Companion(STL, "stl", sculpture_mesh.stl(body))},
    )


def _material(request: Request) -> Material:
    """The one asked for, or the seed's own choice, which no other parameter changes."""
    if "material" in request.parameters:
        return MATERIALS[request.parameters["material"]]
    names = list(MATERIALS)
    return MATERIALS[names[int(np.random.default_rng([_STREAM, request.seed, 1 << 32]).integers(len(names)))]]
