"""A registered training run done again from its row, and whether it ends in the same weights.

The row holds the whole configuration, so no file is needed; the frozen data have to be here, with the same roots.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import NotFound
from generation import datasets, training_runs
from generation.models import Checkpoint, TrainingRun

__all__ = ["Compared", "RunUnknown", "plan", "repeat"]


class RunUnknown(NotFound):
    code = "run_unknown"
    title = "There is no such training run, or it was registered without the text of its configuration."


@dataclass(frozen=True)
class Compared:
    """Both digests of the weights at one step, and what differs between both surroundings."""

    step: int
    before: str
    again: str
    differences: dict[str, tuple[Any, Any]]

    @property
    def equal(self) -> bool:
        """Whether the second run ended where the first did."""
        return self.before == self.again


def plan(name: str, *, places: tuple[Path, ...] = (), corpus: Path | None = None) -> training_runs.Plan:
    """What the row of a run says to do. Raises RunUnknown, or TrainingRefused where the data are not what they were."""
    run = _run(name)
    asked = training_runs.plan(run.environment["config_toml"], slug=run.name, places=places, corpus=corpus)
    roots = set(run.dataset_versions.values_list("merkle_root", flat=True))
    if datasets.install(asked.dataset_dir).merkle_root not in roots:
        raise training_runs.TrainingRefused(
            f"The dataset in {asked.dataset_dir} is not the one of {name}: roots differ."
        )
    return asked


def repeat(
    asked: training_runs.Plan,
    *,
    run_dir: Path,
    until: int | None,
    progress: Callable[[dict[str, Any]], None],
    stop: Callable[[], bool],
) -> Compared:
    """Train anew in `run_dir` and compare: the checkpoint's weights, or with `until` the metrics of that step.

    Nothing is registered. Raises RunUnknown where there is nothing to compare with, and what `carry_out` raises.
    """
    run = _run(asked.slug)
    checkpoint = Checkpoint.objects.filter(training_run=run).order_by("created_at").first()
    if checkpoint is None:
        raise RunUnknown(f"No checkpoint of the run {run.name} is registered: there is nothing to compare with.")
    before = checkpoint.weights_sha256 if until is None else _noted(checkpoint, until)
    lines: list[dict[str, Any]] = []

    def note(metrics: dict[str, Any]) -> None:
        lines.append(metrics)
        progress(metrics)

    ended = training_runs.carry_out(
        asked, run_dir=run_dir, out=run_dir / "checkpoint", progress=note, until=until, stop=stop
    )
    again = ended.weights_sha256 or (lines[-1]["weights_sha256"] if lines else "")
    return Compared(ended.steps, before, again, _differences(run.environment, ended.environment))


def _run(name: str) -> TrainingRun:
    run = TrainingRun.objects.filter(name=name).first()
    if run is None or not run.environment.get("config_toml"):
        raise RunUnknown()
    return run


def _noted(checkpoint: Checkpoint, step: int) -> str:
    """The digest that the first run noted at a step, in the `metrics.jsonl` beside its weights."""
    path = settings.CHECKPOINT_DIR / checkpoint.folder / "metrics.jsonl"
    lines: list[dict[str, Any]] = []
    if path.is_file():
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    noted = {line["step"]: line.get("weights_sha256") or line.get("generator_sha256", "") for line in lines}
    if step not in noted:
        known = ", ".join(map(str, list(noted)[:20]))
        raise RunUnknown(f"The first run noted no weights at step {step}; it did at {known} and on.")
    return str(noted[step])


def _differences(before: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted((set(before) | set(now)) - {"config_toml"})
    # What an older run did not write down is not known to differ.
    return {name: (before[name], now.get(name)) for name in names if name in before and before[name] != now.get(name)}
