"""The engine of palette-field checkpoints: pictures of any size from a few megabytes of weights.

Weights are safetensors whose digest is checked before they are read. Randomness comes from one CPU stream per seed,
and the backbone always runs over eight padded slots, so that a picture does not depend on its neighbours.
"""

import hashlib
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import safetensors
import torch
from safetensors.torch import load
from torch import Tensor

from generation.engines import resample
from generation.engines.base import MAX_SIDE, MIN_SIDE, Capabilities, EngineError, Output, Pixels, Request
from generation.engines.finish import add_grain
from generation.engines.palette_field import Architecture, PaletteField

__all__ = ["PaletteFieldEngine"]

SLOTS = 8
ENGINE = "palette-field"
ENGINE_VERSION = "1"
# Rows painted at a time: the working set stays within a processor's cache, and a 4096 px picture within its memory.
_BAND = 128
_STREAM = 0x6C61_7465
_MAX_WEIGHTS_BYTES = 512 * 2**20
_SECONDS_PER_FORWARD, _SECONDS_PER_MEGAPIXEL = 0.15, 0.35


@dataclass(frozen=True)
class _Seeded:
    """What a seed alone decides: the latent, and one noise map for each level of the backbone."""

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
        content = _read(folder / "weights.safetensors")
        if hashlib.sha256(content).hexdigest() != weights_sha256:
            raise EngineError("weights_altered", f"The weights in {folder.name} are not those that were registered.")
        network = PaletteField(_architecture(folder / "architecture.json"))
        try:
            tensors = {name: tensor.float() for name, tensor in load(content).items()}
            network.load_state_dict(tensors)
        except (safetensors.SafetensorError, RuntimeError) as error:
            detail = f"The weights in {folder.name} do not fit their architecture."
            raise EngineError("weights_unreadable", detail) from error
        torch.set_num_threads(threads)
        network.eval().requires_grad_(False).to(device)
        return cls(network, device=device, weights_sha256=weights_sha256)

    @property
    def capabilities(self) -> Capabilities:
        """Pictures of the checkpoint's families, 256 to 4096 px each way."""
        return Capabilities("picture", self.network.arch.families, MIN_SIDE, MAX_SIDE, SLOTS)

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take on one thread of a laptop; a GPU is faster."""
        megapixels = sum(request.width * request.height for request in requests) / 1e6
        forwards = -(-len(requests) // SLOTS)
        return forwards * _SECONDS_PER_FORWARD + megapixels * _SECONDS_PER_MEGAPIXEL

    def profile(self) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        return {
            "batch_slots": SLOTS,
            "device": str(self.device),
            "dtype": "float32",
            "engine": ENGINE,
            "engine_version": ENGINE_VERSION,
            "numpy": np.__version__,
            "machine": platform.machine(),
            "processor": _processor(self.device),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request]) -> list[Output]:
        """Make the pictures, in the order of the requests: the backbone in batches of eight, then each by itself."""
        families = [self._family(request) for request in requests]
        outputs: list[Output] = []
        for start in range(0, len(requests), SLOTS):
            outputs += self._batch(requests[start : start + SLOTS], families[start : start + SLOTS])
        return outputs

    def _family(self, request: Request) -> str:
        known = self.network.arch.families
        family = request.family or known[0]
        if family not in known:
            raise EngineError("family_unknown", f"This checkpoint paints {', '.join(known)}; not {family}.")
        return family

    def _batch(self, requests: Sequence[Request], families: Sequence[str]) -> list[Output]:
        started = time.perf_counter()
        style, logits, shading = self._backbone(requests, families)
        shared = (time.perf_counter() - started) / len(requests)
        outputs = []
        for place, (request, family) in enumerate(zip(requests, families, strict=True)):
            started = time.perf_counter()
            own = slice(place, place + 1)
            pixels = self._paint(request, style[own], logits[place], shading[place])
            seconds = shared + time.perf_counter() - started
            outputs.append(Output(pixels, request.seed, request.parameters(family), seconds))
        return outputs

    def _backbone(self, requests: Sequence[Request], families: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Styles, logits and shading of eight slots; empty slots repeat the first request."""
        empty = SLOTS - len(requests)
        drawn = [_Seeded.draw(request.seed, self.network.arch) for request in requests]
        drawn += [drawn[0]] * empty
        names = [*families, *[families[0]] * empty]
        cuts = [*[float(request.truncation) for request in requests], *[1.0] * empty]
        family = torch.tensor([self.network.arch.families.index(name) for name in names], device=self.device)
        style = self.network.style(torch.cat([seeded.latent for seeded in drawn]).to(self.device), family)
        mean = self.network.style_mean[family]
        style = mean + torch.tensor(cuts, device=self.device)[:, None] * (style - mean)
        noise = {side: torch.cat([seeded.noise[side] for seeded in drawn]).to(self.device) for side in drawn[0].noise}
        logits, shading = self.network.fields(style, noise.__getitem__)
        return style, logits, shading

    def _paint(self, request: Request, style: Tensor, logits: Tensor, shading: Tensor) -> Pixels:
        """One picture, band by band: the fields cover a square, of which the picture shows the middle."""
        rows, columns, side = resample.cover_axes(request.width, request.height)
        bands = []
        for top in range(rows.start, rows.stop, _BAND):
            band = slice(top, min(top + _BAND, rows.stop))
            painted = self.network.blend(
                style,
                resample.enlarge(logits, side, band, columns)[None],
                resample.enlarge(shading, side, band, columns)[None],
                rows=self._axis(side, band),
                columns=self._axis(side, columns),
                temperature=float(request.temperature),
            )
            bands.append(painted[0].permute(1, 2, 0).cpu())
        picture = torch.cat(bands).contiguous().numpy()
        return add_grain(picture, seed=request.seed, strength=float(request.grain))

    def _axis(self, side: int, part: slice) -> Tensor:
        places = torch.arange(part.start, part.stop, dtype=torch.float32, device=self.device)
        return (places * 2 + 1) / side - 1


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_WEIGHTS_BYTES:
            raise EngineError("weights_unreadable", f"{path.name} is larger than any weights of this kind.")
        return path.read_bytes()
    except OSError as error:
        raise EngineError("weights_missing", f"There are no weights in {path.parent.name}.") from error


def _architecture(path: Path) -> Architecture:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Architecture.parse(document)
    except (OSError, ValueError, AttributeError) as error:
        detail = f"The architecture in {path.parent.name} cannot be read: {error}"
        raise EngineError("architecture_unknown", detail) from error


def _processor(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability()
