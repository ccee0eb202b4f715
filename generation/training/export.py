"""A finished run as a checkpoint's folder: weights, architecture, card, and everything needed to train it again."""

import hashlib
import json
import platform
import shutil
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from generation.training import card
from generation.training.gan import TrainedCheckpoint
from generation.training.manifest import Dataset

__all__ = ["Run", "write"]


@dataclass(frozen=True)
class Run:
    """What is known of a run beside its weights. `code_commit` is empty where there is no repository."""

    config_text: str
    started_at: datetime
    finished_at: datetime
    code_commit: str


def write(trained: TrainedCheckpoint, *, run: Run, dataset: Dataset, run_dir: Path, folder: Path, slug: str) -> str:
    """Write the checkpoint's folder and return the SHA-256 of its weights.

    Weights are stored in half precision: generators do not miss the rest. Decimals in the documents are strings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.half().contiguous() for name, tensor in trained.generator.state_dict().items()}
    weights = save(tensors)
    digest = hashlib.sha256(weights).hexdigest()
    (folder / "weights.safetensors").write_bytes(weights)
    for name in ("metrics.jsonl", "samples.png"):
        shutil.copyfile(run_dir / name, folder / name)
    _dump(folder / "architecture.json", trained.generator.arch.document())
    _dump(folder / "training-run.json", _run_document(trained, run, dataset, slug, digest))
    document = card.draft(tomllib.loads(run.config_text), slug=slug, weights_sha256=digest, dataset=dataset)
    card.write(folder, document)
    return digest


def _run_document(trained: TrainedCheckpoint, run: Run, dataset: Dataset, slug: str, digest: str) -> dict[str, Any]:
    config = tomllib.loads(run.config_text, parse_float=str)
    config.pop("card", None)
    return {
        "name": slug,
        "trainer": "gan",
        "config": config,
        "config_toml": run.config_text,
        "seed": str(config["seed"]),
        "datasets": [card.dataset_reference(dataset)],
        "code_commit": run.code_commit,
        "environment": _environment(int(config["threads"])),
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "steps": trained.steps,
        "metrics": {name: _plain(value) for name, value in trained.metrics.items()},
        "averaged_generator_sha256": trained.generator_sha256,
        "weights_sha256": digest,
    }


def _environment(threads: int) -> dict[str, str | int]:
    """What has to be equal for a second run to end in the same bytes."""
    return {
        "machine": platform.machine(),
        "numpy": np.__version__,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "threads": threads,
        "torch": torch.__version__,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


def _dump(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
