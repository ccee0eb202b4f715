"""What every training run has in common: steps instead of minutes, a state that survives, metrics line by line.

A trainer knows its networks and its data; this module knows when to note, measure, save, show samples and stop. Two
runs with one configuration, one dataset and one profile (library, processor kind, threads) end in the same weights.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from generation.training.schedule import Schedule

__all__ = [
    "Finished",
    "Interrupted",
    "Progress",
    "Schedule",
    "StateMismatch",
    "Trainable",
    "describe",
    "run",
    "settled",
    "weights_digest",
]

Progress = Callable[[dict[str, Any]], None]
Stop = Callable[[], bool]

_STATE = "state.pt"
_METRICS = "metrics.jsonl"
_FIRST_STEPS = 10


class Interrupted(Exception):
    """The run was asked to stop; its state is saved and the same call carries on from there."""


class StateMismatch(ValueError):
    """The saved state belongs to another configuration."""


@dataclass(frozen=True)
class Finished:
    """What a finished run hands over: its files by name (`weights.safetensors`, `architecture.json`, …) and figures.

    `engine` and `kind` say who can use the weights; `details` goes into the card as it is (families, forms, …).
    """

    engine: str
    kind: str
    steps: int
    metrics: dict[str, Any]
    weights_digest: str
    files: dict[str, bytes]
    samples: tuple[str, ...]
    details: dict[str, Any]


class Trainable(Protocol):
    """A run in the making: networks, optimisers and one stream of random numbers."""

    step: int

    def advance(self) -> Mapping[str, float | Tensor]:
        """One step, after which `step` is one higher; returns the losses. Tensors are read later, in one go."""

    def measure(self) -> dict[str, float]:
        """Figures on held-out data; `score`, where there is one, decides on the best state: lower is better."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: tensors, numbers, text, and dictionaries and lists of them."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Carry on from such a state."""

    def digest(self) -> str:
        """SHA-256 of the weights as they are now: equal after equal steps of a repetition."""

    def show(self, folder: Path, name: str) -> None:
        """Write what the run makes by now, for people to look at: `name` plus a suffix, in `folder`."""


def weights_digest(module: nn.Module) -> str:
    """SHA-256 over the names and little-endian bytes of all tensors of a module, in order of name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def settled(threads: int) -> Iterator[None]:
    """One number of threads and deterministic kernels, given back afterwards.

    On a processor every kernel is deterministic; on a GPU those are that have such a form, and the others warn.
    """
    before, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    # Nothing here reads memory before it is written, and filling it would be a third of all the work.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # Numbers too small to matter cost the processor a hundred times the usual.
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(deterministic)
        torch.utils.deterministic.fill_uninitialized_memory = True  # type: ignore[attr-defined]
        torch.set_flush_denormal(False)


def run(
    trainer: Trainable,
    *,
    schedule: Schedule,
    configuration: str,
    run_dir: Path,
    progress: Progress,
    until: int | None = None,
    stop: Stop = lambda: False,
) -> dict[str, Any]:
    """Advance to the end (or to step `until`), carrying on from the state in `run_dir` if there is one.

    Writes `state.pt` (whole or not at all), `metrics.jsonl` and samples into `run_dir`, and returns the last metrics.
    `progress` gets one dictionary per line of metrics, with `steps_per_second` and `seconds_left`. When `stop()` turns
    true the state is saved and Interrupted is raised. Raises StateMismatch for a state of another `configuration`.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    _restore(trainer, run_dir, configuration)
    last = min(schedule.steps, until or schedule.steps)
    measured = [line["score"] for line in _lines(run_dir) if "score" in line]
    noted = _Noted()
    while trainer.step < last and not _tired(measured, schedule.patience):
        noted.add(trainer.advance())
        step = trainer.step
        extra = trainer.measure() if _due(step, schedule.measure_every, last) else {}
        measured += [extra["score"]] if "score" in extra else []
        if step <= _FIRST_STEPS or extra or _due(step, schedule.metrics_every, last):
            line = {"step": step, **noted.means(), **_rounded(extra), "weights_sha256": trainer.digest()}
            _append(run_dir, line)
            rate = noted.rate()
            progress(line | {"steps_per_second": rate, "seconds_left": (last - step) / rate})
            noted = _Noted()
        if _due(step, schedule.samples_every, last):
            trainer.show(run_dir, f"samples-{step:06d}")
        stopping = stop()
        if stopping or _due(step, schedule.state_every, last):
            _save(trainer, run_dir, configuration)
        if stopping and step < last:
            raise Interrupted(f"stopped after step {step}; run again to carry on")
    lines = _lines(run_dir)
    return lines[-1] if lines else {}


def describe(metrics: dict[str, Any]) -> str:
    """One line of metrics as a person reads it."""
    left = int(metrics["seconds_left"])
    skipped = {"step", "steps_per_second", "seconds_left", "weights_sha256"}
    figures = " ".join(f"{name} {value:.4g}" for name, value in metrics.items() if name not in skipped)
    rate = metrics["steps_per_second"]
    return f"step {metrics['step']}, {rate:.2f} steps/s, {figures}, {left // 60} min {left % 60:02d} s left"


class _Noted:
    """The losses since the last line of metrics."""

    def __init__(self) -> None:
        self.noted: dict[str, list[float | Tensor]] = {}
        self.started = time.monotonic()
        self.count = 0

    def add(self, losses: Mapping[str, float | Tensor]) -> None:
        self.count += 1
        for name, loss in losses.items():
            self.noted.setdefault(name, []).append(loss)

    def rate(self) -> float:
        return self.count / max(1e-6, time.monotonic() - self.started)

    def means(self) -> dict[str, float]:
        return _rounded({name: sum(map(float, values)) / len(values) for name, values in self.noted.items()})


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in figures.items()}


def _due(step: int, every: int, last: int) -> bool:
    return every > 0 and (step % every == 0 or step == last)


def _tired(measured: list[float], patience: int) -> bool:
    return 0 < patience <= len(measured) - 1 - measured.index(min(measured)) if measured else False


def _save(trainer: Trainable, run_dir: Path, configuration: str) -> None:
    partial = run_dir / f"{_STATE}.partial"
    with partial.open("wb") as file:
        torch.save({"state": trainer.state(), "step": trainer.step, "configuration": configuration}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(run_dir / _STATE)


def _restore(trainer: Trainable, run_dir: Path, configuration: str) -> None:
    """Carry on from the saved state, if there is one; lines of metrics after it are dropped, they will come again."""
    path = run_dir / _STATE
    if path.exists():
        document = torch.load(path, weights_only=True)
        if document["configuration"] != configuration:
            raise StateMismatch(f"{path} belongs to another configuration; choose another folder or remove it")
        trainer.load_state(document["state"])
        trainer.step = document["step"]
    kept = [line for line in _lines(run_dir) if line["step"] <= trainer.step]
    partial = run_dir / f"{_METRICS}.partial"
    partial.write_text("".join(map(_json, kept)), encoding="utf-8")
    partial.replace(run_dir / _METRICS)


def _append(run_dir: Path, line: dict[str, Any]) -> None:
    with (run_dir / _METRICS).open("a", encoding="utf-8") as file:
        file.write(_json(line))


def _json(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True) + "\n"


def _lines(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / _METRICS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
