"""What an adversarial training run against frozen features is told, as TOML."""

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generation.training.config import TOLD, ConfigError
from generation.training.schedule import Schedule

if TYPE_CHECKING:
    from generation.engines.palette_field import Architecture

__all__ = ["ProjectedConfig", "Task"]

_SIDES = (16, 32, 64)


@dataclass(frozen=True)
class Task:
    """One step rebuilds pictures, lets critic and generator compete and the generator listen, painting at `side` px."""

    rebuild: bool
    compete: bool
    listen: bool
    side: int


@dataclass(frozen=True)
class ProjectedConfig:
    """One run. The schedule counts steps and never time, so that it can be repeated.

    The features learn for `feature_steps` before the first step. For `rebuild_steps` the generator is the decoder of an
    autoencoder, then the critic takes over, `critic_ahead` steps before the generator listens to it; rebuilding goes on
    every `rebuild_every` steps with a weight that falls as the learning rate does. The backbone grows from 16 px to 32
    and 64 px at the steps that `grow_at` names. `guidance` weighs how surely the features name the family that was
    asked for; `shift` is how many pixels pictures are moved at random, `code_cost` weighs how far latents may be from a
    normal distribution. `precision` is that of the networks' arithmetic, fp32 or bf16.
    """

    name: str
    version: str
    trainer: str
    seed: int
    dataset: str
    device: str
    precision: str
    threads: int
    batch: int
    steps: int
    grow_at: tuple[int, int]
    learning_rate: float
    critic_rate: float
    decay_from: float
    critic_ahead: int
    guidance: float
    shift: int
    rebuild_steps: int
    rebuild_every: int
    rebuild_weight: float
    code_cost: float
    average_pictures: int
    latent: int
    style: int
    widths: tuple[int, ...]
    colours: int
    primitives: int
    feature_steps: int
    feature_widths: tuple[int, ...]
    critic_widths: tuple[int, ...]
    held_out: int
    metrics_every: int
    state_every: int
    samples_every: int
    measure_every: int
    patience: int

    @classmethod
    def parse(cls, text: str) -> "ProjectedConfig":
        """Read a TOML configuration. Raises ConfigError with what is wrong."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            for told in set(TOLD) - {"trainer"}:
                values.pop(told, None)
            for name in ("grow_at", "widths", "feature_widths", "critic_widths"):
                values[name] = tuple(values[name])
            config = cls(**values)
            config._check()
        except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
            raise ConfigError(f"the training configuration cannot be read: {error}") from error
        return config

    def _check(self) -> None:
        if self.trainer != "projected":
            raise ConfigError("the trainer of this configuration is not projected")
        if len(self.widths) != 5 or len(self.feature_widths) != 4 or len(self.critic_widths) != 4:
            raise ConfigError("widths name five levels, 4 to 64 px; feature_widths and critic_widths four, 32 to 4 px")
        if len(self.grow_at) != 2 or not 0 <= self.grow_at[0] <= self.grow_at[1] <= self.steps:
            raise ConfigError("grow_at names two steps in order: when the backbone grows to 32 px and to 64 px")
        if self.batch < 4 or self.batch % 4 or self.steps < 1 or self.threads < 1:
            raise ConfigError("batch is a multiple of four; steps and threads are at least one")
        if self.rebuild_every < 1 or self.average_pictures < 1 or self.held_out < 8 or self.shift < 0:
            raise ConfigError(
                "rebuild_every and average_pictures are at least 1, held_out at least 8, shift at least 0"
            )
        if self.precision not in ("fp32", "bf16") or self.device.partition(":")[0] not in ("cpu", "cuda"):
            raise ConfigError("precision is fp32 or bf16, device is cpu or cuda")
        if not 0 < self.learning_rate < 1 or not 0 < self.critic_rate < 1 or not 0 < self.decay_from < 1:
            raise ConfigError("learning_rate, critic_rate and decay_from are between 0 and 1")
        if not 0 <= self.seed < 2**63:
            raise ConfigError("seed is from 0 to 2^63 - 1")

    def side(self, step: int) -> int:
        """How far the backbone has grown at a step."""
        return _SIDES[sum(step >= place for place in self.grow_at)]

    def task(self, step: int) -> Task:
        """What a step does."""
        past = step - self.rebuild_steps
        return Task(
            rebuild=past < 0 or past % self.rebuild_every == 0,
            compete=past >= 0,
            listen=past < 0 or past >= self.critic_ahead,
            side=self.side(step),
        )

    def ease(self, step: int) -> float:
        """What part of its learning rate a network has at a step: all, then falling to a twentieth."""
        return min(1.0, max(0.05, (1 - step / self.steps) / (1 - self.decay_from)))

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
            version=2,
        )
