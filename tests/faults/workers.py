"""Real worker processes on the test's own database, queue and weights, which a test may kill."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection

from generation.models import Checkpoint, Slot
from tests import factories

PROJECT = Path(__file__).parents[2]

__all__ = ["Fleet", "Workers", "tiny_checkpoint"]


def tiny_checkpoint(folder: Path, *, seed: int = 1) -> Checkpoint:
    """A published checkpoint with real weights of a very small, untrained network in `folder`/tiny-SEED."""
    import json

    import torch
    from safetensors.torch import save

    from generation.engines.palette_field import Architecture, PaletteField

    architecture = Architecture(families=("plain",), latent=8, style=8, widths=(8, 8))
    torch.manual_seed(seed)
    weights = save(PaletteField(architecture).state_dict())
    name = f"tiny-{seed}"
    home = folder / name
    home.mkdir(parents=True)
    (home / "weights.safetensors").write_bytes(weights)
    (home / "architecture.json").write_text(json.dumps(architecture.document()))
    return factories.checkpoint(
        slug=name,
        engine="palette-field",
        folder=name,
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
        name = f"w{len(self.running)}@%h"
        return self._celery(
            "worker", "--pool=solo", "-Q", ",".join(queues), "-n", name, "--without-gossip", "--without-mingle"
        )

    def start_clock(self) -> None:
        """The scheduler, as the Procfile starts it."""
        self._celery("beat")

    def manage(self, *arguments: str) -> None:
        """Carry out a management command beside the workers, on their database and broker."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=PROJECT, env=self.environment, check=True, timeout=120)

    def wait_until(self, condition: Callable[[], bool], *, within: float) -> None:
        """Return once `condition` holds; fails with the states of the slots and the end of the log after `within` s."""
        end = time.monotonic() + within
        while not condition():
            assert time.monotonic() < end, (
                f"{Counter(Slot.objects.values_list('state', flat=True))}\n{self.log()[-3000:]}"
            )
            time.sleep(0.05)

    def wait_until_ready(self, count: int, *, within: float) -> None:
        """Return once so many workers have said that they are ready since this began."""
        self.wait_until(lambda: self.log().count(" ready.\n") >= count, within=within)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL: no chance to tidy up."""
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(20)

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", *arguments, "--loglevel=INFO"]
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.running.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")


class Fleet(Workers):
    """Workers forked from one process that has loaded everything (see `forking`), known by their process id."""

    def __enter__(self) -> Self:
        with (self.folder / "worker.log").open("ab") as log:
            self.parent = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forking"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._answer() == "ready"
        self.alive: set[int] = set()
        return self

    def __exit__(self, *_: object) -> None:
        for pid in tuple(self.alive):
            self.kill_one(pid)
        with self.parent:  # closes its input, and so ends it
            pass

    def fork(self, *arguments: str) -> int:
        """A new worker, which is not ready yet."""
        pid = int(self._ask("start", *arguments))
        self.alive.add(pid)
        return pid

    def kill_one(self, pid: int) -> None:
        """SIGKILL, and gone when this returns."""
        os.kill(pid, signal.SIGKILL)
        assert self.ended(pid) == -signal.SIGKILL

    def ended(self, pid: int) -> int:
        """The exit code of a worker that ends or was killed; waits for it."""
        code = int(self._ask("wait", str(pid)))
        self.alive.discard(pid)
        return code

    def _ask(self, *words: str) -> str:
        assert self.parent.stdin is not None
        self.parent.stdin.write(" ".join(words) + "\n")
        self.parent.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.parent.stdout is not None
        answer = self.parent.stdout.readline().strip()
        assert answer, self.log()[-3000:]
        return answer
