"""Reads a credential in a process of its own, which may take only so much memory and time.

The C2PA library reserves as much memory as a number in a file tells it to. In pictures that number is checked before
the library sees it (`jumbf`); in formats that are not taken apart here, the library runs where it can do no harm.
"""

import json
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from licensing.provenance import credentials
from licensing.provenance.credentials import Credential, State

__all__ = ["read"]

_MOST_MEMORY = 2 * 1024**3
_MOST_SECONDS = 20
_ROOT = Path(__file__).resolve().parents[2]


def read(*, data: bytes, media_type: str, anchors: str | None) -> Credential:
    """What `credentials.read` says. INVALID with the failure "unreadable" where it takes more than it may."""
    asked = json.dumps({"media_type": media_type, "anchors": anchors}).encode() + b"\n"
    try:
        done = subprocess.run(
            # Safe path: nothing that lies in the folder from which somebody checks a file is taken for a module.
            [sys.executable, "-P", "-m", "licensing.provenance.apart"],
            input=asked + data,
            capture_output=True,
            timeout=2 * _MOST_SECONDS,
            check=True,
            # Of this process's surroundings it gets nothing: they hold the house's secrets.
            env={"PYTHONPATH": str(_ROOT)},
        )
        return _credential(json.loads(done.stdout))
    except (subprocess.SubprocessError, OSError, ValueError):
        return Credential(state=State.INVALID, failures=("unreadable",))


def _credential(told: dict[str, object]) -> Credential:
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Credential(**{**lists, "state": State(str(told["state"]))})  # type: ignore[arg-type]


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    asked = json.loads(sys.stdin.buffer.readline())
    read = credentials.read(data=sys.stdin.buffer.read(), **asked)
    sys.stdout.write(json.dumps(asdict(read)))


if __name__ == "__main__":
    _main()
