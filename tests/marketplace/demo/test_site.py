"""A site finds the processes that an earlier run left behind, ends those and no others, and asks for free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from marketplace.demo.site import MARK, PortTaken, Site

IDLE = "import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {IDLE}"


def free_port() -> int:
    """A port of which the next one is free as well."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def site(folder: Path, *processes: str, port: int = 0) -> Site:
    """A site of these harmless processes instead of its own."""
    (folder / "Procfile").write_text("".join(f"p{n}: {sys.executable} -c '{p}'\n" for n, p in enumerate(processes)))
    return Site(base_dir=folder, var_dir=folder / "var", port=port or free_port())


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[Callable[[Path], int]]:
    """Starts a process with the mark of a folder under a parent that is then killed; gives its pid."""
    pids = []

    def start(var_dir: Path, program: str = IDLE) -> int:
        child = f"subprocess.Popen([sys.executable, '-c', {program!r}], start_new_session=True).pid"
        parent = subprocess.Popen(
            [sys.executable, "-c", f"import subprocess, sys, time; print({child}, flush=True); time.sleep(600)"],
            env={**os.environ, MARK: str(var_dir)},
            stdout=subprocess.PIPE,
        )
        with parent:
            assert parent.stdout is not None
            pids.append(int(parent.stdout.readline()))
            if program == DEAF:
                parent.stdout.readline()
            parent.kill()
        return pids[-1]

    yield start
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_what_a_killed_run_left_behind_is_ended_and_nothing_else(tmp_path: Path, orphan: Callable[[Path], int]) -> None:
    ours, anothers = orphan(tmp_path / "var"), orphan(tmp_path / "var-2")
    assert alive(ours)
    assert site(tmp_path).end_leftovers() == 1
    assert not alive(ours)
    assert alive(anothers)
    assert site(tmp_path).end_leftovers() == 0


def test_a_process_that_does_not_heed_the_request_to_end_is_killed(
    tmp_path: Path, orphan: Callable[[Path, str], int]
) -> None:
    deaf = orphan(tmp_path / "var", DEAF)
    assert site(tmp_path).end_leftovers() == 1
    assert not alive(deaf)


def test_a_site_whose_parent_process_was_killed_is_ended_by_the_next_start(tmp_path: Path) -> None:
    first = site(tmp_path, IDLE, IDLE)
    first.start({})
    [parent] = [child for child in psutil.Process().children() if "honcho" in " ".join(child.cmdline())]
    workers: list[psutil.Process] = []

    def started() -> bool:
        workers[:] = [process for process in parent.children(recursive=True) if IDLE in process.cmdline()]
        return len(workers) == 2

    wait_until(started)
    parent.kill()
    wait_until(lambda: not first.is_running())
    assert all(alive(worker.pid) for worker in workers)
    second = site(tmp_path, IDLE)
    second.start({})
    try:
        assert not any(alive(worker.pid) for worker in workers)
        assert second.is_running()
    finally:
        second.stop()
    assert not second.is_running()
    assert second.end_leftovers() == 0


@pytest.mark.parametrize("further", [0, 1], ids=["the site's own", "the payment sandbox's"])
def test_a_port_in_use_is_named_with_another_to_take_and_nothing_is_started(tmp_path: Path, further: int) -> None:
    port = free_port()
    here = site(tmp_path, IDLE, port=port)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", port + further))
        somebody.listen()
        with pytest.raises(PortTaken) as refusal:
            here.start({})
    taken = port + further
    assert str(refusal.value) == f"Port {taken} is in use. Choose another, for example: make demo PORT={taken + 100}"
    assert not here.is_running()
    assert here.end_leftovers() == 0
    assert not here.log_path.exists()


def test_a_site_that_ends_while_starting_shows_the_end_of_its_log(tmp_path: Path) -> None:
    here = site(tmp_path, 'raise SystemExit("the roof is missing")')
    here.start({})
    with pytest.raises(ChildProcessError, match="the roof is missing"):
        here.wait_until_ready(seconds=20)
    here.stop()
