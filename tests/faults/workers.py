"""Real worker processes on the test's own database, queue and weights, which a test may kill."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection

from generation.models import Checkpoint
from tests import factories

PROJECT = Path(__file__).parents[2]

__all__ = ["Workers", "tiny_checkpoint"]


def tiny_checkpoint(folder: Path) -> Checkpoint:
    """A published checkpoint with real weights of a very small, untrained network in `folder`/tiny."""
    import json

    import torch
    from safetensors.torch import save

    from generation.engines.palette_field import Architecture, PaletteField

    architecture = Architecture(families=("plain",), latent=8, style=8, widths=(8, 8))
    torch.manual_seed(1)
    weights = save(PaletteField(architecture).state_dict())
    home = folder / "tiny"
    home.mkdir(parents=True)
    (home / "weights.safetensors").write_bytes(weights)
    (home / "architecture.json").write_text(json.dumps(architecture.document()))
    return factories.checkpoint(
        slug="tiny",
        engine="palette-field",
        folder="tiny",
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        architecture=architecture.document(),
    )


class Workers:
    """Celery workers that share one embedded or real broker; ended, and their children with them, on leaving."""

    def __init__(self, folder: Path, *, broker: str = "filesystem://", **environment: str) -> None:
        self.folder = folder
        database: dict[str, Any] = connection.settings_dict
        name = database["NAME"]
        url = (
            f"sqlite:///{name}"
            if connection.vendor == "sqlite"
            else f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{name}"
        )
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "BROKER_URL": broker,
            "VAR_DIR": str(settings.VAR_DIR),  # the embedded broker's queue lies there: this process rings in it too
            "STORAGE_URL": f"file://{folder}/media",
            "CHECKPOINT_DIR": str(folder / "checkpoints"),
            "DEMO": "1",
            **environment,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.running:
            self.kill(worker)

    def start(self, *queues: str) -> subprocess.Popen[bytes]:
        """One solo worker on these queues; its log is `worker.log` in the folder."""
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=solo", "-Q", ",".join(queues)]
        command += ["-n", f"w{len(self.running)}@%h", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.running.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL: no chance to tidy up."""
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(20)

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")
