"""What a training run of the variational autoencoder is told, as TOML. Read where torch is not loaded, too."""

import tomllib
from dataclasses import dataclass
from typing import Any

from generation.training.config import TOLD, ConfigError
from generation.training.schedule import Schedule

__all__ = ["VaeConfig"]


@dataclass(frozen=True)
class VaeConfig:
    """One run. For the first `coarse_steps` the decoder stops at 16 px and is compared at 32 px, which is cheaper.

    `divergence` weighs how far latents may be from a normal distribution, from nothing to all in `divergence_steps`;
    `slope` weighs edges; `held_out` pictures at the dataset's end are never trained on.
    """

    name: str
    version: str
    trainer: str
    seed: int
    dataset: str
    threads: int
    batch: int
    steps: int
    coarse_steps: int
    held_out: int
    learning_rate: float
    decay_from: float
    divergence: float
    divergence_steps: int
    slope: float
    average_steps: int
    latent: int
    encoder_widths: tuple[int, ...]
    widths: tuple[int, ...]
    colours: int
    metrics_every: int
    state_every: int
    samples_every: int
    measure_every: int
    patience: int

    @classmethod
    def parse(cls, text: str) -> "VaeConfig":
        """Read a TOML configuration. Raises ConfigError with what is wrong."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            for told in set(TOLD) - {"trainer"}:
                values.pop(told, None)
            encoder, widths = tuple(values.pop("encoder_widths")), tuple(values.pop("widths"))
            config = cls(encoder_widths=encoder, widths=widths, **values)
            config._check()
        except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
            raise ConfigError(f"the training configuration cannot be read: {error}") from error
        return config

    def _check(self) -> None:
        if self.trainer != "vae":
            raise ConfigError("the trainer of this configuration is not vae")
        if len(self.encoder_widths) != 4 or len(self.widths) != 4:
            raise ConfigError("encoder_widths name four levels: 32, 16, 8 and 4 px; widths four: 4, 8, 16 and 32 px")
        if self.batch < 1 or self.steps < 1 or not 0 <= self.coarse_steps <= self.steps:
            raise ConfigError("batch and steps are at least one, and coarse_steps are a part of the steps")
        if self.held_out < 20:
            raise ConfigError("held_out is at least twenty: so many are shown")
        if min(self.threads, self.average_steps, self.divergence_steps) < 1:
            raise ConfigError("threads, average_steps and divergence_steps are at least one")
        if not (0 < self.learning_rate < 1 and 0 < self.decay_from < 1 and self.divergence >= 0 and self.slope >= 0):
            raise ConfigError("learning_rate and decay_from are between 0 and 1; divergence and slope not negative")
        if not 0 <= self.seed < 2**63:
            raise ConfigError("seed is from 0 to 2^63 - 1")

    def rate(self, step: int) -> float:
        """The learning rate at a step: fifty steps of warming up, constant, then falling to a twentieth."""
        done = step / self.steps
        falling = min(1.0, max(0.05, (1 - done) / (1 - self.decay_from)))
        return self.learning_rate * min(1.0, (step + 1) / 50) * falling

    def schedule(self) -> Schedule:
        """How the common loop runs it."""
        return Schedule(
            steps=self.steps,
            metrics_every=self.metrics_every,
            state_every=self.state_every,
            samples_every=self.samples_every,
            measure_every=self.measure_every,
            patience=self.patience,
        )
