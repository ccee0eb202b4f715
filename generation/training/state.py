"""A run's state on disk: written whole or not at all, and read back without running any code from it."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from generation.training.gan import Trainer

__all__ = ["append_metrics", "last_metrics", "restore", "save"]

_STATE = "state.pt"
_METRICS = "metrics.jsonl"
_PARTS = ("generator", "critic", "average", "generator_optimiser", "critic_optimiser")


def save(trainer: "Trainer", run_dir: Path) -> None:
    """Write everything that the next step depends on, then put it in place in one move."""
    document: dict[str, Any] = {part: getattr(trainer, part).state_dict() for part in _PARTS}
    document |= {"step": trainer.step, "random": trainer.random.get_state(), "config": repr(trainer.config)}
    partial = run_dir / f"{_STATE}.partial"
    with partial.open("wb") as file:
        torch.save(document, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(run_dir / _STATE)


def restore(trainer: "Trainer", run_dir: Path) -> None:
    """Carry on from the saved state, if there is one; lines of metrics after it are dropped, they will come again.

    Raises ValueError when the state belongs to another configuration.
    """
    path = run_dir / _STATE
    if not path.exists():
        _keep_metrics(run_dir, 0)
        return
    document = torch.load(path, weights_only=True)
    if document["config"] != repr(trainer.config):
        raise ValueError(f"{path} belongs to another configuration; choose another folder or remove it")
    for part in _PARTS:
        getattr(trainer, part).load_state_dict(document[part])
    trainer.random.set_state(document["random"])
    trainer.step = document["step"]
    _keep_metrics(run_dir, trainer.step)


def append_metrics(run_dir: Path, metrics: dict[str, Any]) -> None:
    """Add one line of metrics."""
    with (run_dir / _METRICS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(metrics, sort_keys=True) + "\n")


def last_metrics(run_dir: Path) -> dict[str, Any]:
    """The newest line of metrics, or nothing."""
    lines = _lines(run_dir)
    return lines[-1] if lines else {}


def _lines(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / _METRICS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _keep_metrics(run_dir: Path, step: int) -> None:
    kept = [line for line in _lines(run_dir) if line["step"] <= step]
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in kept)
    partial = run_dir / f"{_METRICS}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(run_dir / _METRICS)
