"""A finished run as a checkpoint's folder: weights, architecture, card, and everything needed to train it again."""

import hashlib
import json
import os
import platform
import shutil
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generation.training import card
from generation.training.loop import Finished

__all__ = ["Run", "environment", "write"]

_LIBRARIES = ("transformers", "tokenizers", "accelerate")


@dataclass(frozen=True)
class Run:
    """What is known of a run beside its weights. `code_commit` is empty where there is no repository.

    `datasets` are the frozen datasets as `frozen.Frozen.reference` names them.
    """

    config_text: str
    trainer: str
    datasets: Sequence[dict[str, Any]]
    started_at: datetime
    finished_at: datetime
    code_commit: str


def write(finished: Finished, *, run: Run, run_dir: Path, folder: Path, slug: str) -> str:
    """Write the checkpoint's folder and return the SHA-256 of its weights. Decimals in the documents are strings."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in finished.files.items():
        (folder / name).write_bytes(content)
    for name in ("metrics.jsonl", *finished.samples):
        shutil.copyfile(run_dir / name, folder / name)
    digest = hashlib.sha256(finished.files["weights.safetensors"]).hexdigest()
    config = tomllib.loads(run.config_text)
    drafted = card.draft(config, slug=slug, weights_sha256=digest, finished=finished, datasets=run.datasets)
    card.write(folder, drafted)
    document = _run_document(finished, run, slug, digest)
    (folder / "training-run.json").write_text(
        json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return digest


def environment(threads: int) -> dict[str, str | int]:
    """What has to be equal for a second run to end in the same bytes."""
    loaded = {name: str(getattr(sys.modules[name], "__version__", "")) for name in _LIBRARIES if name in sys.modules}
    return {
        **loaded,
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "machine": platform.machine(),
        "numpy": np.__version__,
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "threads": threads,
        "torch": torch.__version__,
    }


def _run_document(finished: Finished, run: Run, slug: str, digest: str) -> dict[str, Any]:
    config = tomllib.loads(run.config_text, parse_float=str)
    config.pop("card", None)
    parent = {"parent": str(config["parent"])} if "parent" in config else {}
    return {
        "name": slug,
        "trainer": run.trainer,
        "config": config,
        "config_toml": run.config_text,
        "seed": str(config["seed"]),
        "datasets": list(run.datasets),
        "code_commit": run.code_commit,
        "environment": environment(int(config["threads"])),
        **parent,
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "steps": finished.steps,
        "metrics": {name: _plain(value) for name, value in finished.metrics.items()},
        "weights_digest": finished.weights_digest,
        "weights_sha256": digest,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) else value
