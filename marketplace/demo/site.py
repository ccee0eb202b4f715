"""The processes of a site on one machine: started from the Procfile, found again and ended after a crash."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests

__all__ = ["PortTaken", "Site"]

# Every process of a site carries this in its environment, so that it is found again whatever killed its parent.
MARK = "VERNISSAGE_SITE"


class PortTaken(Exception):
    """Somebody else listens on a port that the site needs."""


class Site:
    """Web server, workers, scheduler and payment sandbox of one `var/` folder."""

    def __init__(self, *, base_dir: Path, var_dir: Path, port: int) -> None:
        self.base_dir = base_dir
        self.var_dir = var_dir
        self.port = port
        self.log_path = var_dir / "log" / "site.log"
        self._honcho: subprocess.Popen[bytes] | None = None

    def start(self, environment: dict[str, str]) -> None:
        """Start everything. PortTaken if a needed port is in use; what an earlier run left behind is ended first."""
        self.end_leftovers()
        for port in (self.port, self.port + 1):
            _must_be_free(port)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        with self.log_path.open("ab") as log:
            self._honcho = subprocess.Popen(
                [sys.executable, "-m", "honcho", "start", "--no-colour"],
                cwd=self.base_dir,
                env={**os.environ, **environment, MARK: str(self.var_dir), "PATH": path, "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, *, seconds: float = 60, tick: Callable[[], None] = lambda: None) -> None:
        """Return once `/readyz` answers 200; TimeoutError or ChildProcessError with the end of the log otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.is_running():
                raise ChildProcessError(f"The site stopped while starting. The end of {self.log_path}:\n{self.tail()}")
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            tick()
            time.sleep(0.25)
        raise TimeoutError(f"The site did not become ready. The end of {self.log_path}:\n{self.tail()}")

    def is_running(self) -> bool:
        """Whether the processes are up: one that ends takes the others with it."""
        return self._honcho is not None and self._honcho.poll() is None

    def tail(self, lines: int = 20) -> str:
        """The last lines of the log."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """End every process and wait for it."""
        if self._honcho is not None and self._honcho.poll() is None:
            self._honcho.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._honcho.wait(10)
        self.end_leftovers()

    def end_leftovers(self) -> int:
        """End processes of this `var/` folder that an earlier run, killed without warning, has left behind."""
        left = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):  # ended with its parent a moment ago
                process.terminate()
        _, stubborn = psutil.wait_procs(left, timeout=5)
        for process in stubborn:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(stubborn, timeout=5)
        return len(left)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.pid != os.getpid() and process.environ().get(MARK) == str(self.var_dir)
        except (psutil.Error, OSError):
            return False


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(
                f"Port {port} is in use. Choose another, for example: make demo PORT={port + 100}"
            ) from None
