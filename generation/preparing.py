"""What is stored of a work, encoded and measured in a process of its own beside the engine's.

In a thread, scoring takes Python's lock at every step and the engine waits for it: measured, a fifth of its speed.
`python -m generation.preparing` is the other end: works come in, until the input ends with whoever sent them.
"""

import atexit
import logging
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from generation.engines.base import Picture, Work

__all__ = ["Prepared", "apart", "prepare", "warm"]

log = logging.getLogger(__name__)

_PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Prepared:
    """The master's bytes, those of its still (a PNG) where it has one, and the scores that need nothing but the work.

    A work that cannot be scored is stored without scores: `unscored` says why.
    """

    master: bytes
    still: bytes | None
    scores: Mapping[str, Any] = field(default_factory=dict)
    unscored: str = ""


def prepare(work: Work) -> Prepared:
    """Encode and measure `work`, here and now."""
    master, still = work.encode(), None if work.still is None else Picture(work.still).encode()
    if work.kind == "text":  # measured against the words that its model learnt from, which the worker keeps
        return Prepared(master, still)
    from generation.evaluation import pieces

    try:
        return Prepared(master, still, pieces.measured(work))
    except Exception as error:
        return Prepared(master, still, unscored=repr(error))


def apart(work: Work) -> Prepared:
    """`prepare`, in another process; texts, which take no time, in this one.

    Raises RuntimeError where the work cannot be encoded or the process is lost: a new one takes the next work.
    """
    if work.kind == "text":
        return prepare(work)
    helper = _borrowed()
    try:
        prepared = helper.prepared(work)
    except BaseException:
        helper.end()
        raise
    _idle.append(helper)
    return prepared


def warm(count: int) -> None:
    """Start helpers until `count` are idle: their imports then cost the first pieces nothing."""
    while len(_idle) < count:
        _idle.append(_Helper())


class _Helper:
    """One such process. It ends when its input does, so also when this process is killed."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        both = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=_PROJECT, stdin=both, stdout=both)  # noqa: S603 - this module

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def prepared(self, work: Work) -> Prepared:
        into, out = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        try:
            pickle.dump(work, into, pickle.HIGHEST_PROTOCOL)
            into.flush()
            answer = pickle.load(out)  # noqa: S301 - from this very module
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise RuntimeError("the process that encodes works was lost") from error
        if isinstance(answer, Prepared):
            return answer
        raise RuntimeError(f"the work could not be encoded: {answer}")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


_idle: deque[_Helper] = deque()


def _borrowed() -> _Helper:
    while True:
        try:
            helper = _idle.pop()
        except IndexError:
            return _Helper()
        if helper.alive:
            return helper
        helper.end()


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()


def _serve(into: IO[bytes], out: IO[bytes]) -> None:
    while True:
        try:
            work = pickle.load(into)  # noqa: S301 - from the worker that started this
        except EOFError:
            return
        try:
            answer: Prepared | str = prepare(work)
        except Exception as error:
            answer = repr(error)
        pickle.dump(answer, out, pickle.HIGHEST_PROTOCOL)
        out.flush()


def main() -> None:
    """Serve standard input. Signals are for the worker, which drains first: this process ends with its input."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    from generation.evaluation import pieces  # noqa: F401  # before the first work comes

    # Whatever a library prints must not come between the answers.
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    _serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    # Answers carry the class's name, which must be the one under which the other side knows it.
    from generation import preparing

    preparing.main()
