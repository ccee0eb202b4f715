"""Single-byte changes over signed files of every kind, judged in processes that a greedy file may kill.

In the house, formats that are not taken apart are read in a process for each file; here one process judges many, so
that ten thousand changes take a minute. A process that dies is a change that was noticed.
"""

import functools
import resource
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

from licensing.provenance import apart, credentials, verify
from licensing.provenance.report import Overall

__all__ = ["Change", "Target", "unnoticed"]

_MOST_MEMORY = 3 * 1024**3
_CHUNK = 50


class Target(NamedTuple):
    """A signed file, a credential beside it if there is one, and who vouches for it."""

    name: str
    data: bytes
    sidecar: bytes | None
    anchors: str


class Change(NamedTuple):
    """The byte at `at` becomes itself XOR `flip`; in the credential beside the file where `beside`."""

    at: int
    flip: int
    beside: bool = False

    def of(self, target: Target) -> Target:
        """The target with this change."""
        data = target.sidecar or b"" if self.beside else target.data
        changed = data[: self.at] + bytes([data[self.at] ^ self.flip]) + data[self.at + 1 :]
        return target._replace(sidecar=changed) if self.beside else target._replace(data=changed)


def unnoticed(target: Target, changes: list[Change]) -> list[Change]:
    """The changes after which the verifier still calls the file trusted."""
    chunks = [changes[start : start + _CHUNK] for start in range(0, len(changes), _CHUNK)]
    found: list[Change] = []
    while chunks:
        with ProcessPoolExecutor(1, get_context("forkserver"), _bound) as pool:
            try:
                while chunks:
                    found += pool.submit(_judge, target, chunks[0]).result()
                    chunks.pop(0)
            except BrokenProcessPool:
                # One of these killed it: alone, each is either read or kills once more, which is noticed.
                first, *rest = chunks
                chunks = ([[one] for one in first] if len(first) > 1 else []) + rest
    return found


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    apart.read = functools.partial(credentials.read)


def _judge(target: Target, changes: list[Change]) -> list[Change]:
    trust = verify.Trust(anchors=target.anchors)
    trusted = []
    for change in changes:
        altered = change.of(target)
        report = verify.check(altered.data, name=target.name, trust=trust, sidecar=altered.sidecar)
        if report.overall is Overall.TRUSTED:
            trusted.append(change)
    return trusted
