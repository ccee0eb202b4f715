"""What a training run of the distance field is told, as TOML. Read where torch is not loaded, too."""

import tomllib
from dataclasses import dataclass
from typing import Any

from generation.training.config import TOLD, ConfigError
from generation.training.schedule import Schedule

__all__ = ["SdfConfig"]


@dataclass(frozen=True)
class SdfConfig:
    """One run. A step looks at `forms` forms, at `points` points of each, drawn from `pool` points that each form has.

    `held_out` of the pool's points are only measured on. `code_penalty` keeps latents small.
    """

    name: str
    version: str
    trainer: str
    seed: int
    dataset: str
    threads: int
    steps: int
    forms: int
    points: int
    pool: int
    held_out: int
    learning_rate: float
    code_rate: float
    decay_from: float
    code_penalty: float
    average_steps: int
    latent: int
    width: int
    depth: int
    reach: float
    metrics_every: int
    state_every: int
    samples_every: int
    measure_every: int
    patience: int

    @classmethod
    def parse(cls, text: str) -> "SdfConfig":
        """Read a TOML configuration. Raises ConfigError with what is wrong."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            for told in set(TOLD) - {"trainer"}:
                values.pop(told, None)
            config = cls(**values)
            config._check()
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise ConfigError(f"the training configuration cannot be read: {error}") from error
        return config

    def _check(self) -> None:
        if self.trainer != "sdf":
            raise ConfigError("the trainer of this configuration is not sdf")
        if min(self.steps, self.forms, self.points, self.threads, self.average_steps, self.held_out) < 1:
            raise ConfigError("steps, forms, points, threads, average_steps and held_out are at least one")
        if self.pool % 4 or self.held_out >= self.pool:
            raise ConfigError("pool is a multiple of four, and only a part of it is held out")
        if not (0 < self.learning_rate < 1 and 0 < self.code_rate < 1 and 0 < self.decay_from < 1):
            raise ConfigError("learning_rate, code_rate and decay_from are between 0 and 1")
        if self.depth < 2 or not 0.01 <= self.reach <= 1 or self.code_penalty < 0:
            raise ConfigError("depth is at least 2, reach from 0.01 to 1, and code_penalty not negative")
        if not 0 <= self.seed < 2**63:
            raise ConfigError("seed is from 0 to 2^63 - 1")

    def pace(self, step: int) -> float:
        """The part of the learning rates in force: fifty steps of warming up, then 1, then down to a fiftieth."""
        left = (1 - step / self.steps) / (1 - self.decay_from)
        return min(1.0, (step + 1) / 50) * min(1.0, max(0.02, left))

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
