"""What a run of the language-model trainer is told, as TOML."""

import tomllib
from dataclasses import dataclass, fields, replace
from typing import Any

from generation.training.config import TOLD, ConfigError
from generation.training.schedule import Schedule

__all__ = ["GptConfig"]

_TEXTS = ("verse", "prose")
_PRECISIONS = ("fp32", "bf16", "fp16")


@dataclass(frozen=True)
class GptConfig:
    """One training run of a small GPT-2. The schedule counts steps and never time, so that it can be repeated.

    The learning rate rises over `warmup` steps, stays, and falls to nothing over the last `decay_steps`. The average
    over weights has a half-life of `average_steps`. `show_*` are the odds with which a poem's conditions stand before
    it, `show_none` those of none at all; `least` is how often a character has to come to be known (verse), or the
    number of tokens of the vocabulary (prose).
    """

    name: str
    version: str
    seed: int
    dataset: str
    text: str
    steps: int
    decay_steps: int
    warmup: int
    batch_tokens: int
    threads: int
    width: int
    layers: int
    heads: int
    dropout: float
    matrix_rate: float
    rate: float
    weight_decay: float
    average_steps: int
    least: int
    metrics_every: int
    state_every: int
    samples_every: int
    measure_every: int
    patience: int = 0
    precision: str = "fp32"
    author_poems: int = 100
    show_none: float = 0.2
    show_form: float = 0.7
    show_rhyme: float = 0.6
    show_author: float = 0.5
    show_title: float = 0.6

    @classmethod
    def parse(cls, text: str) -> "GptConfig":
        """Read a TOML configuration. Raises ConfigError with the key that is wrong."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            for told in TOLD:
                values.pop(told, None)  # none of these changes the weights
            config = cls(**values)
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise ConfigError(f"the training configuration cannot be read: {error}") from error
        config._check()
        return config

    def _check(self) -> None:
        for field in fields(self):
            value, kind = getattr(self, field.name), field.type
            if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else kind):  # type: ignore[arg-type]
                raise ConfigError(f"{field.name} is of another kind than it should be")
        if self.text not in _TEXTS or self.precision not in _PRECISIONS:
            raise ConfigError(f"text is one of {', '.join(_TEXTS)}; precision one of {', '.join(_PRECISIONS)}")
        whole = ("steps", "batch_tokens", "threads", "width", "layers", "heads", "average_steps", "least")
        if any(getattr(self, name) < 1 for name in whole):
            raise ConfigError(f"{', '.join(whole)} are at least 1")
        if self.width % self.heads or self.batch_tokens < 512:
            raise ConfigError("width is a multiple of heads, and a batch has at least 512 tokens")
        if not 0 <= self.warmup + self.decay_steps <= self.steps:
            raise ConfigError("warmup and decay_steps fit into steps")
        if any(not 0 <= getattr(self, name) <= 1 for name in _shares()) or self.rate <= 0 or self.matrix_rate <= 0:
            raise ConfigError("dropout and the odds to show a condition are from 0 to 1, rates above 0")
        if not 0 <= self.seed < 2**63:
            raise ConfigError("seed is from 0 to 2^63 - 1")

    def schedule(self) -> Schedule:
        """The run's length and rhythm, as the common loop wants it."""
        rhythm = (self.metrics_every, self.state_every, self.samples_every, self.measure_every, self.patience)
        return Schedule(self.steps, *rhythm)

    @property
    def identity(self) -> str:
        """What a saved state has to agree with: all but the length, which may be changed until the decay begins."""
        return repr(replace(self, steps=0, decay_steps=0, patience=0))

    def pace(self, step: int) -> float:
        """The part of the learning rates that a step has, the first step being 0."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        fall = min(1.0, (self.steps - step) / max(1, self.decay_steps))
        return rise * fall


def _shares() -> tuple[str, ...]:
    return ("dropout", "show_none", "show_form", "show_rhyme", "show_author", "show_title")
