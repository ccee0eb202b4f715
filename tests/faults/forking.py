"""Forks generation workers from one process that has imported everything: a restart costs a fraction of a second.

A script of the tests only. Commands come on standard input, a line each, and every one is answered with a line:

    start [house] [stall | slow]    the process id of a new worker; it stalls before it commits its second piece, until
                                    it gets SIGRTMIN, or takes four seconds to commit each
    wait PID                        the exit code of a worker that has ended or was killed

With UNFENCED=1 its workers do what a worker must not: they finish, fail and renew slots by name, whoever holds them.
"""

import os
import signal
import sys
import threading
import time
from importlib import import_module
from typing import Any


def main() -> None:
    import django

    django.setup()
    # What a worker imports as it starts; nothing of it opens a connection or starts a thread.
    for module in (
        "celery.apps.worker",
        "celery.bin.worker",
        "celery.concurrency.solo",
        "celery.worker.consumer",
        "generation.engines.gan",
        "generation.worker",
    ):
        import_module(module)

    print("ready", flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "start":
            print(_fork(arguments), flush=True)
        else:
            _, status = os.waitpid(int(arguments[0]), 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


def _fork(arguments: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        _work(arguments)
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(1)


def _work(arguments: list[str]) -> None:
    from config.celery import app

    if os.environ.get("UNFENCED"):
        _unfence()
    if "stall" in arguments:
        _stall()
    if "slow" in arguments:
        _before_commit(lambda _: time.sleep(4))
    queue = "house" if "house" in arguments else "generation"
    name = f"forked-{os.getpid()}@%h"
    quiet = ["--pool=solo", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    app.worker_main(["worker", "-Q", queue, "-n", name, *quiet])
    sys.exit(0)


def _stall() -> None:
    """As if its machine slept: no lease is renewed and the second piece is not committed until it is woken.

    SIGSTOP would do the same, and now and then leave another thread's lock on SQLite behind.
    """
    from generation import jobs

    woken = threading.Event()
    signal.signal(signal.SIGRTMIN, lambda *_: woken.set())
    renew, report = jobs.renew, jobs.report
    jobs.renew = lambda slots: renew(slots) if woken.is_set() else None
    jobs.report = lambda slots, done, of: report(slots, done, of) if woken.is_set() else None
    _before_commit(lambda number: woken.wait() if number >= 2 else None)


def _before_commit(happens: Any) -> None:
    from generation import jobs

    finish, calls = jobs.finish, []

    def disturbed(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        happens(len(calls))
        return finish(*arguments, **options)

    jobs.finish = disturbed


def _unfence() -> None:
    from generation.jobs import finishing
    from generation.models import Slot

    finishing._mine = lambda *slots: Slot.objects.filter(pk__in=[slot.pk for slot in slots])


if __name__ == "__main__":
    main()
