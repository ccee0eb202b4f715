"""Trainers by name. A configuration's `trainer` key says which; reading one loads no torch, training does.

A trainer's module has `train(config, *, dataset_dir, run_dir, progress, until, stop, corpus) -> loop.Finished`.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from generation.training.config import ConfigError

__all__ = ["TRAINERS", "Config", "ConfigError", "parse", "trainer_of"]

# Trainer → its module, and where its configuration is read without torch.
TRAINERS: Mapping[str, tuple[str, str, str]] = {
    "gan": ("gan_run", "config", "GanConfig"),
    "projected": ("projected", "projected_config", "ProjectedConfig"),
    "vae": ("vae", "vae_config", "VaeConfig"),
    "gpt": ("gpt", "gpt_config", "GptConfig"),
    "sdf": ("sdf", "sdf_config", "SdfConfig"),
}
_MAX_BYTES = 64 * 1024
_NAMES = {"name": "[a-z0-9]+(-[a-z0-9]+)*", "dataset": "[a-z0-9]+(-[a-z0-9]+)*", "version": "[0-9A-Za-z.]{1,20}"}


class Config(Protocol):
    """What every trainer's configuration says."""

    @property
    def name(self) -> str:
        """Of the checkpoint, without its version."""

    @property
    def version(self) -> str:
        """Of the checkpoint."""

    @property
    def seed(self) -> int:
        """Of everything that is drawn by lot."""

    @property
    def dataset(self) -> str:
        """The folder of the frozen dataset."""

    @property
    def threads(self) -> int:
        """Of the processor."""

    @property
    def steps(self) -> int:
        """How many there are in all."""


def parse(text: str) -> tuple[str, Config]:
    """The trainer's name and the configuration, from TOML. Raises ConfigError with what is wrong; loads no torch."""
    try:
        if len(text.encode()) > _MAX_BYTES:
            raise ConfigError("a training configuration has at most 64 KiB")
        trainer = str(tomllib.loads(text).get("trainer", "gan"))
        if trainer not in TRAINERS:
            raise ConfigError(f"there is no trainer {trainer[:40]!r}; there are {', '.join(TRAINERS)}")
        _, module, kind = TRAINERS[trainer]
        config = getattr(import_module(f"generation.training.{module}"), kind).parse(text)
        for name, pattern in _NAMES.items():
            if not re.fullmatch(pattern, str(getattr(config, name))) or len(str(getattr(config, name))) > 50:
                raise ConfigError(
                    f"{name} is written in small letters, digits and hyphens (a version in digits and dots)"
                )
    except ConfigError:
        raise
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ConfigError(f"the training configuration cannot be read: {error}") from error
    return trainer, cast("Config", config)


def trainer_of(name: str) -> Any:
    """The module that trains, with torch loaded."""
    return import_module(f"generation.training.{TRAINERS[name][0]}")
