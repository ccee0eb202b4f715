"""Adversarial training of a palette field: deterministic from its configuration, resumable to the bit.

Two runs with one configuration, one dataset and one profile (library, processor kind, threads) end in the same
weights; metrics carry the generator's digest, so that a repetition can be compared step by step.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines.palette_field import PaletteField
from generation.training import samples, state
from generation.training.config import GanConfig
from generation.training.discriminator import Discriminator
from generation.training.loop import settled, weights_digest
from generation.training.pictures import PictureData, Pictures

__all__ = ["Interrupted", "TrainedCheckpoint", "Trainer", "train"]

_FIRST_STEPS = 10
_PENALTY_REACH = 0.1
_MEAN_LATENTS = 4096

Progress = Callable[[dict[str, Any]], None]


class Interrupted(Exception):
    """The run was asked to stop; its state is saved and `train` carries on from there."""


@dataclass(frozen=True)
class TrainedCheckpoint:
    """What a finished run hands over: the averaged generator with its mean styles, and the last metrics."""

    generator: PaletteField
    steps: int
    metrics: dict[str, Any]
    generator_sha256: str


class Trainer:
    """One run in the making: both networks, the average, the optimisers, one stream of random numbers."""

    def __init__(self, config: GanConfig, pictures: Pictures) -> None:
        self.config = config
        self.pictures = pictures
        families = pictures.dataset.families
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.generator = PaletteField(config.architecture(families))
            self.critic = Discriminator(config.critic_widths, len(families))
            self.average = PaletteField(config.architecture(families))
        self.average.load_state_dict(self.generator.state_dict())
        self.average.requires_grad_(False)
        self.random = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.generator_optimiser = self._optimiser(self.generator)
        self.critic_optimiser = self._optimiser(self.critic)

    def _optimiser(self, module: nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(module.parameters(), lr=self.config.learning_rate, betas=(0.0, 0.99), fused=True)

    def advance(self) -> dict[str, float]:
        """One step: the critic learns, then the generator, then the average follows. Returns the losses."""
        side, rate = self.config.stage(self.step).resolution, self.config.rate(self.step)
        for optimiser in (self.generator_optimiser, self.critic_optimiser):
            optimiser.param_groups[0]["lr"] = rate
        real, family = self._real(side)
        losses = {"critic": self._teach_critic(real, family, side)}
        if self.step % self.config.penalty_every == 0:
            losses["penalty"] = self._penalise(real, family, side)
        self.critic_optimiser.step()
        losses["generator"] = self._teach_generator(side)
        self.step += 1
        self._follow()
        return losses

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.random)

    def _noise(self, side: int) -> Tensor:
        return self._normal(self.config.batch, 1, side, side)

    def _real(self, side: int) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(len(self.pictures), (self.config.batch,), generator=self.random)
        pictures = self.pictures.batch(chosen, side)
        mirrored = torch.rand(self.config.batch, generator=self.random) < 0.5
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
        return pictures, self.pictures.families[chosen]

    def _teach_critic(self, real: Tensor, family: Tensor, side: int) -> float:
        with torch.no_grad():
            fake = self.generator(self._normal(self.config.batch, self.config.latent), family, self._noise, size=side)
        self.critic_optimiser.zero_grad(set_to_none=True)
        verdict = self.critic(torch.cat([fake, real]), torch.cat([family, family]), groups=2)
        on_fake, on_real = verdict.chunk(2)
        loss = F.softplus(on_fake).mean() + F.softplus(-on_real).mean()
        torch.autograd.backward(loss)
        return float(loss.detach())

    def _penalise(self, real: Tensor, family: Tensor, side: int) -> float:
        """The R1 penalty on half a batch, its gradient taken as a finite difference along a random direction."""
        half = self.config.batch // 2
        pictures, family = real[:half], family[:half]
        moved = pictures + _PENALTY_REACH * self._normal(*pictures.shape)
        here, there = self.critic(torch.cat([pictures, moved]), torch.cat([family, family]), groups=2).chunk(2)
        steepness = ((there - here) / _PENALTY_REACH).square().mean()
        # Larger pictures have more pixels to differ in; applied every few steps, it counts for all of them.
        weight = 0.5 * self.config.stage(self.step).penalty * (side / 64) ** 2 * self.config.penalty_every
        torch.autograd.backward(steepness * weight)
        return float(steepness.detach())

    def _teach_generator(self, side: int) -> float:
        family = torch.randint(len(self.pictures.dataset.families), (self.config.batch,), generator=self.random)
        self.critic.requires_grad_(False)
        self.generator_optimiser.zero_grad(set_to_none=True)
        fake = self.generator(self._normal(self.config.batch, self.config.latent), family, self._noise, size=side)
        loss = F.softplus(-self.critic(fake, family)).mean()
        torch.autograd.backward(loss)
        self.critic.requires_grad_(True)
        self.generator_optimiser.step()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the generator; early on it follows closely, later with the set half-life."""
        shown = self.step * self.config.batch
        half_life = max(1.0, min(float(self.config.average_pictures), shown * 0.08))
        share = 1 - 0.5 ** (self.config.batch / half_life)
        for kept, new in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            kept.lerp_(new, share)

    @torch.no_grad()
    def finished(self) -> PaletteField:
        """The averaged generator with the mean style of each family, which truncation pulls towards."""
        latents = torch.randn(
            _MEAN_LATENTS, self.config.latent, generator=torch.Generator().manual_seed(self.config.seed)
        )
        for family in range(len(self.average.arch.families)):
            numbers = torch.full((_MEAN_LATENTS,), family)
            self.average.style_mean[family] = self.average.style(latents, numbers).mean(0)
        return self.average


def train(
    config: GanConfig,
    *,
    dataset: PictureData,
    run_dir: Path,
    progress: Progress,
    until: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainedCheckpoint:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir` if there is one.

    Writes `state.pt` (atomically), `metrics.jsonl` and `samples-*.png` into `run_dir`. `progress` gets one dictionary
    per line of metrics, with pictures per second and seconds left. When `stop()` turns true the state is saved and
    Interrupted is raised.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    with settled(config.threads):
        trainer = Trainer(config, Pictures(dataset))
        state.restore(trainer, run_dir)
        last = min(config.steps, until or config.steps)
        metrics = _run(trainer, run_dir=run_dir, last=last, progress=progress, stop=stop)
        generator = trainer.finished()
        samples.write(generator, run_dir / "samples.png")
        return TrainedCheckpoint(generator, trainer.step, metrics, weights_digest(generator))


def _run(trainer: Trainer, *, run_dir: Path, last: int, progress: Progress, stop: Callable[[], bool]) -> dict[str, Any]:
    config, sums, metrics = trainer.config, _Sums(), state.last_metrics(run_dir)
    while trainer.step < last:
        sums.add(trainer.advance())
        step = trainer.step
        if step <= _FIRST_STEPS or step % config.metrics_every == 0 or step == last:
            metrics = sums.line(trainer)
            state.append_metrics(run_dir, metrics)
            rate = sums.rate(config.batch)
            progress(metrics | {"pictures_per_second": rate, "seconds_left": (last - step) * config.batch / rate})
            sums = _Sums()
        if step % config.samples_every == 0:
            samples.write(trainer.average, run_dir / f"samples-{step:06d}.png", side=config.stage(step - 1).resolution)
        stopping = stop()
        if stopping or step % config.state_every == 0 or step == last:
            state.save(trainer, run_dir)
        if stopping and step < last:
            raise Interrupted(f"stopped after step {step}; run again to carry on")
    return metrics


class _Sums:
    """The losses since the last line of metrics."""

    def __init__(self) -> None:
        self.totals: dict[str, list[float]] = {}
        self.started = time.monotonic()
        self.count = 0

    def add(self, losses: dict[str, float]) -> None:
        self.count += 1
        for name, loss in losses.items():
            self.totals.setdefault(name, []).append(loss)

    def rate(self, batch: int) -> float:
        return self.count * batch / max(1e-6, time.monotonic() - self.started)

    def line(self, trainer: Trainer) -> dict[str, Any]:
        means = {name: round(sum(values) / len(values), 6) for name, values in self.totals.items()}
        return {
            "step": trainer.step,
            "resolution": trainer.config.stage(trainer.step - 1).resolution,
            "learning_rate": round(trainer.config.rate(trainer.step - 1), 8),
            "pictures": trainer.step * trainer.config.batch,
            **means,
            "generator_sha256": weights_digest(trainer.generator),
        }


def describe(metrics: dict[str, Any]) -> str:
    """One line of metrics as a person reads it."""
    losses = " ".join(f"{name} {metrics[name]:.3f}" for name in ("critic", "generator", "penalty") if name in metrics)
    left = int(metrics["seconds_left"])
    return (
        f"step {metrics['step']} at {metrics['resolution']} px, {metrics['pictures_per_second']:.0f} pictures/s, "
        f"{losses}, {left // 60} min {left % 60:02d} s left"
    )


def dumps(metrics: dict[str, Any]) -> str:
    """A line of metrics as it is stored."""
    return json.dumps(metrics, sort_keys=True)
