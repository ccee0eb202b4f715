"""Works are encoded and measured in another process, which is lost without harm and outlives nobody."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from generation import preparing
from generation.engines.base import Picture, Text

PICTURE = Picture(np.random.default_rng(3).integers(0, 256, (64, 96, 3), np.uint8))


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    preparing._end_all()
    yield
    preparing._end_all()


def test_it_is_what_this_process_would_have_made() -> None:
    assert preparing.apart(PICTURE) == preparing.prepare(PICTURE)
    assert preparing.apart(PICTURE).scores["colourfulness"] > 0


def test_texts_need_no_other_process() -> None:
    assert preparing.apart(Text("Quiet.", "en")).master == b"Quiet.\n"
    assert not preparing._idle


def test_what_cannot_be_encoded_is_told_and_harms_no_other() -> None:
    with pytest.raises(RuntimeError, match="could not be encoded"):
        preparing.apart(Picture(np.zeros((0, 0, 3), np.uint8)))
    assert preparing.apart(PICTURE) == preparing.prepare(PICTURE)


def test_a_process_that_died_is_replaced() -> None:
    preparing.warm(1)
    [helper] = preparing._idle
    helper._process.kill()
    helper._process.wait()
    assert preparing.apart(PICTURE) == preparing.prepare(PICTURE)


def test_it_is_told_when_the_process_dies_over_a_work(monkeypatch: pytest.MonkeyPatch) -> None:
    preparing.warm(1)
    [helper] = preparing._idle
    monkeypatch.setattr(preparing._Helper, "alive", True)
    helper._process.kill()
    helper._process.wait()
    with pytest.raises(RuntimeError, match="was lost"):
        preparing.apart(PICTURE)
    assert preparing.apart(PICTURE) == preparing.prepare(PICTURE)


def test_it_ends_with_a_worker_that_is_killed() -> None:
    script = (
        "import time; from generation import preparing; preparing.warm(1); "
        "print(preparing._idle[0]._process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True) as worker:
        assert worker.stdout is not None
        helper = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
    for _ in range(200):
        if not _lives(helper):
            return
        time.sleep(0.05)
    os.kill(helper, signal.SIGKILL)
    pytest.fail("the helper outlived its worker")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
