"""A training run from its configuration to a registered checkpoint, for the command and for workers alike.

What is imported here loads no torch; `carry_out` does.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Unprocessable
from common.source import code_commit
from generation import checkpoints, datasets
from generation.models import Checkpoint
from generation.training import Config, ConfigError, frozen, parse, trainer_of

__all__ = ["Ended", "Interrupted", "Plan", "TrainingRefused", "carry_out", "plan", "register", "started_at"]

Progress = Callable[[dict[str, Any]], None]
_CORPUS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class TrainingRefused(Unprocessable):
    code = "training_refused"
    title = "This training cannot be carried out."


class Interrupted(Exception):
    """The run was asked to stop; its state is saved, and the same run carries on from there."""


@dataclass(frozen=True)
class Plan:
    """A configuration that can be carried out here: it was read, and its dataset lies in `dataset_dir`."""

    text: str
    trainer: str
    config: Config
    slug: str
    dataset_dir: Path
    corpus: Path | None = None


@dataclass(frozen=True)
class Ended:
    """Where a run stands: its steps and, once it is complete, the SHA-256 of the weights that lie in its folder."""

    steps: int
    weights_sha256: str
    environment: dict[str, str | int]
    metrics: dict[str, Any]


def plan(text: str, *, slug: str = "", places: tuple[Path, ...] = (), corpus: Path | None = None) -> Plan:
    """Read a configuration and find its data, in `places` or where frozen datasets lie. Raises TrainingRefused."""
    try:
        trainer, config = parse(text)
    except ConfigError as error:
        raise TrainingRefused(str(error)) from error
    roots = places or (settings.DATASET_DIR, settings.VAR_DIR / "datasets")
    found = [root / config.dataset for root in roots if (root / config.dataset / frozen.RECIPE).is_file()]
    if not found:
        raise TrainingRefused(f"There is no frozen dataset {config.dataset} in {' or '.join(map(str, roots))}.")
    return Plan(text, trainer, config, slug or f"{config.name}-{config.version}", found[0], corpus or _corpus(text))


def carry_out(
    asked: Plan,
    *,
    run_dir: Path,
    out: Path,
    progress: Progress,
    until: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Ended:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`, and write the folder `out`.

    Raises Interrupted once `stop()` turned true, TrainingRefused for data, texts or a state that do not fit.
    """
    from generation.training import export, loop
    from generation.training.manifest import ManifestError

    began = started_at(run_dir)
    try:
        data = frozen.load(asked.dataset_dir)
        finished = trainer_of(asked.trainer).train(
            asked.config,
            dataset_dir=asked.dataset_dir,
            run_dir=run_dir,
            progress=progress,
            until=until,
            stop=stop,
            corpus=asked.corpus,
        )
    except loop.Interrupted as error:
        raise Interrupted(str(error)) from error
    except (ValueError, ManifestError) as error:
        raise TrainingRefused(str(error)) from error
    surroundings = export.environment(asked.config.threads)
    if until is not None and finished.steps >= until < asked.config.steps:
        return Ended(finished.steps, "", surroundings, finished.metrics)
    run = export.Run(asked.text, asked.trainer, [data.reference()], began, datetime.now(UTC), code_commit())
    digest = export.write(finished, run=run, run_dir=run_dir, folder=out, slug=asked.slug)
    return Ended(finished.steps, digest, surroundings, finished.metrics)


def register(asked: Plan, out: Path) -> Checkpoint:
    """Take the data and the checkpoint in. Raises what `datasets.install` and `checkpoints.install` raise."""
    datasets.install(asked.dataset_dir)
    return checkpoints.install(out)


def started_at(run_dir: Path) -> datetime:
    """When the run began: kept beside its state, so that a resumed run remembers."""
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / "started_at"
    if not path.exists():
        path.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")
    return datetime.fromisoformat(path.read_text(encoding="utf-8"))


def _corpus(text: str) -> Path | None:
    """The file under `var/corpora` that a configuration names: a name, never a path."""
    name = tomllib.loads(text).get("corpus")
    if name is None:
        return None
    if not isinstance(name, str) or not _CORPUS.fullmatch(name):
        raise TrainingRefused("corpus is the name of a file in the folder corpora of the server.")
    path: Path = settings.VAR_DIR / "corpora" / name
    return path
