"""What a training run is told, as TOML: nothing that influences the weights is left out of it."""

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.engines.palette_field import Architecture

__all__ = ["TOLD", "ConfigError", "GanConfig", "Stage"]

# What a configuration says to others than its trainer: none of it changes the weights.
TOLD = ("card", "trainer", "corpus", "parent")

_RESOLUTIONS = (16, 32, 64)


class ConfigError(ValueError):
    """A training configuration with a missing, unknown or impossible value."""


@dataclass(frozen=True)
class Stage:
    """So many steps at one resolution (16, 32 or 64 px) with one weight of the critic's R1 penalty, as for 64 px."""

    resolution: int
    steps: int
    penalty: float


@dataclass(frozen=True)
class GanConfig:
    """One adversarial training run. The schedule counts steps and never time, so that it can be repeated."""

    name: str
    version: str
    seed: int
    dataset: str
    stages: tuple[Stage, ...]
    batch: int
    threads: int
    learning_rate: float
    decay_from: float
    penalty_every: int
    average_pictures: int
    latent: int
    style: int
    widths: tuple[int, ...]
    critic_widths: tuple[int, ...]
    colours: int
    primitives: int
    metrics_every: int
    state_every: int
    samples_every: int

    @classmethod
    def parse(cls, text: str) -> "GanConfig":
        """Read a TOML configuration. Raises ConfigError with the key that is wrong."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            for told in TOLD:
                values.pop(told, None)
            stages = tuple(Stage(**stage) for stage in values.pop("stages"))
            widths, critic = tuple(values.pop("widths")), tuple(values.pop("critic_widths"))
            config = cls(stages=stages, widths=widths, critic_widths=critic, **values)
        except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
            raise ConfigError(f"the training configuration cannot be read: {error}") from error
        config._check()
        return config

    def _check(self) -> None:
        if not self.stages or any(s.resolution not in _RESOLUTIONS or s.steps < 1 for s in self.stages):
            raise ConfigError("stages need a resolution of 16, 32 or 64 and at least one step each")
        if [s.resolution for s in self.stages] != sorted(s.resolution for s in self.stages):
            raise ConfigError("stages go from small to large")
        if self.batch < 4 or self.batch % 4:
            raise ConfigError("batch is a multiple of four")
        if len(self.widths) != 4 or len(self.critic_widths) != 4:
            raise ConfigError("widths and critic_widths name four levels each: 4, 8, 16 and 32 px")
        if not 0 <= self.seed < 2**63:
            raise ConfigError("seed is from 0 to 2^63 - 1")

    @property
    def steps(self) -> int:
        """All steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def stage(self, step: int) -> Stage:
        """The stage that a step belongs to, the first step being 0."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]

    def rate(self, step: int) -> float:
        """The learning rate at a step: constant, then falling to a tenth from `decay_from` of the way on."""
        done = step / self.steps
        if done < self.decay_from:
            return self.learning_rate
        return self.learning_rate * max(0.1, (1 - done) / (1 - self.decay_from))

    def architecture(self, families: tuple[str, ...]) -> "Architecture":
        """The generator that this run trains."""
        # Only here, so that a configuration can be read where torch is not loaded.
        from generation.engines.palette_field import Architecture

        return Architecture(
            families=families,
            latent=self.latent,
            style=self.style,
            widths=self.widths,
            colours=self.colours,
            primitives=self.primitives,
        )
