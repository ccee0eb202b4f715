"""Training of the variational autoencoder: reconstruct pictures at several scales, keep latents near to normal.

Deterministic from its configuration and resumable to the bit; the common loop does the rest.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch import Tensor

from generation.engines.vae_network import INPUT_SIDE, SoftFields, VaeArchitecture
from generation.training import loop, vae_latents
from generation.training.config import ConfigError
from generation.training.pictures import Pictures, read
from generation.training.vae_config import VaeConfig

__all__ = ["VaeTrainer", "parse", "train"]

_COARSE_SIDE, _COARSE_LOOK = 16, 32
_SCALES = 3
_MEASURED_AT_ONCE = 64
_GAIN, _OFFSET = 0.12, 0.08

parse = VaeConfig.parse


class VaeTrainer:
    """One run in the making: the network, its moving average, the optimiser, one stream of random numbers."""

    def __init__(self, config: VaeConfig, pictures: Pictures) -> None:
        if config.held_out >= len(pictures):
            raise ConfigError(f"the dataset has {len(pictures)} pictures: {config.held_out} cannot be held out")
        self.config = config
        self.pictures = pictures
        arch = VaeArchitecture(
            families=pictures.dataset.families,
            latent=config.latent,
            encoder_widths=config.encoder_widths,
            widths=config.widths,
            colours=config.colours,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = SoftFields(arch)
            self.average = SoftFields(arch)
        self.average.load_state_dict(self.network.state_dict())
        self.average.requires_grad_(False)
        self.random = torch.Generator().manual_seed(config.seed)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate, fused=True)
        self.step = 0

    @property
    def trained_on(self) -> int:
        """How many pictures, from the dataset's first, training may look at."""
        return len(self.pictures) - self.config.held_out

    def advance(self) -> dict[str, float]:
        """One step on pictures that are mirrored and made lighter or darker at random."""
        coarse = self.step < self.config.coarse_steps
        self.optimiser.param_groups[0]["lr"] = self.config.rate(self.step)
        pictures = self._augmented(self._batch())
        mean, log_variance = self.network.encode(pictures)
        noise = torch.randn(mean.shape, generator=self.random)
        latent = mean + noise * torch.exp(0.5 * log_variance)
        size = _COARSE_LOOK if coarse else INPUT_SIDE
        made = self.network.decode(latent, size=size, side=_COARSE_SIDE if coarse else None)
        wanted = torch.nn.functional.avg_pool2d(pictures, 2) if coarse else pictures
        reconstruction = _difference(made, wanted, self.config.slope)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        # The pull towards the normal distribution starts slowly, or the encoder would give up before it has begun.
        weight = self.config.divergence * min(1.0, self.step / self.config.divergence_steps)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(reconstruction + weight * divergence)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return {"reconstruction": float(reconstruction.detach()), "divergence": float(divergence.detach())}

    def _batch(self) -> Tensor:
        chosen = torch.randint(self.trained_on, (self.config.batch,), generator=self.random)
        return self.pictures.batch(chosen, INPUT_SIDE)

    def _augmented(self, pictures: Tensor) -> Tensor:
        random = torch.rand(3, len(pictures), 1, 1, 1, generator=self.random)
        pictures = torch.where(random[0] < 0.5, pictures.flip(3), pictures)
        return (pictures * (1 + _GAIN * (2 * random[1] - 1)) + _OFFSET * (2 * random[2] - 1)).clamp(-1, 1)

    @torch.no_grad()
    def _follow(self) -> None:
        half_life = max(1.0, min(float(self.config.average_steps), self.step * 0.08))
        share = 1 - 0.5 ** (1 / half_life)
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, share)

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """The mean absolute error per channel, from 0 to 1, of held-out pictures rebuilt by the averaged network."""
        total = 0.0
        held_out = range(self.trained_on, len(self.pictures))
        for start in range(0, len(held_out), _MEASURED_AT_ONCE):
            pictures = self.pictures.batch(torch.tensor(held_out[start : start + _MEASURED_AT_ONCE]), INPUT_SIDE)
            made = self._rebuilt(pictures)
            total += float((made - pictures).abs().mean((1, 2, 3)).sum()) / 2
        return {"score": total / len(held_out)}

    def _rebuilt(self, pictures: Tensor) -> Tensor:
        side = _COARSE_SIDE if self.step <= self.config.coarse_steps else None
        return self.average.decode(self.average.encode(pictures)[0], size=INPUT_SIDE, side=side).clamp(-1, 1)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Carry on from such a state."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"])

    def digest(self) -> str:
        """SHA-256 of the trained weights as they are now."""
        return loop.weights_digest(self.network)

    @torch.no_grad()
    def show(self, folder: Path, name: str) -> None:
        """Held-out pictures in odd rows, and under each what the network makes of it."""
        pictures = self.pictures.batch(torch.arange(self.trained_on, self.trained_on + 20), INPUT_SIDE)
        rebuilt = self._rebuilt(pictures)
        rows = [pictures[:10], rebuilt[:10], pictures[10:], rebuilt[10:]]
        write_sheet(folder / f"{name}.png", rows)


def _difference(made: Tensor, wanted: Tensor, slope: float) -> Tensor:
    """Absolute differences of colour at several scales, the coarse ones weighing more, and of slopes at the finest."""
    pairs = zip((made.diff(dim=2), made.diff(dim=3)), (wanted.diff(dim=2), wanted.diff(dim=3)), strict=True)
    total = slope * sum(((a - b).abs().mean() for a, b in pairs), torch.zeros(()))
    for scale in range(_SCALES):
        total = total + (1 + 0.5 * scale) * (made - wanted).abs().mean()
        made, wanted = (torch.nn.functional.avg_pool2d(values, 2) for values in (made, wanted))
    return total


def write_sheet(path: Path, rows: list[Tensor]) -> None:
    """Rows of equally many pictures (count, 3, side, side), -1 … 1, as one PNG with white between them."""
    strips = []
    for row in rows:
        pixels = ((row.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        framed = np.pad(pixels, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=255)
        strips.append(np.concatenate(list(framed), 1))
    Image.fromarray(np.concatenate(strips)).save(path)


def train(
    config: VaeConfig,
    *,
    dataset_dir: Path,
    run_dir: Path,
    progress: loop.Progress,
    until: int | None = None,
    stop: loop.Stop = lambda: False,
    corpus: Path | None = None,
) -> loop.Finished:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`; `corpus` is not used.

    Raises Interrupted when `stop()` turns true, StateMismatch for a state of another configuration.
    """
    with loop.settled(config.threads):
        trainer = VaeTrainer(config, Pictures(read(dataset_dir)))
        last = loop.run(
            trainer,
            schedule=config.schedule(),
            configuration=repr(config),
            run_dir=run_dir,
            progress=progress,
            until=until,
            stop=stop,
        )
        learnt = vae_latents.describe(trainer.average, trainer.pictures, trainer.trained_on)
        write_sheet(run_dir / "samples.png", vae_latents.samples(trainer.average))
        trainer.show(run_dir, "reconstructions")
    arch = trainer.average.arch
    tensors = {name: tensor.half().contiguous() for name, tensor in trainer.average.state_dict().items()}
    return loop.Finished(
        engine="vae",
        kind="picture",
        steps=trainer.step,
        metrics=last | learnt,
        weights_digest=loop.weights_digest(trainer.average),
        files={
            "weights.safetensors": save(tensors),
            "architecture.json": (json.dumps(arch.document(), indent=2) + "\n").encode(),
        },
        samples=("samples.png", "reconstructions.png"),
        details={"families": list(arch.families)},
    )
