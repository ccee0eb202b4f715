"""Start several threads at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")

__all__ = ["race"]


def race(runners: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """What each runner returned or raised, in order. All wait at one barrier before they run."""
    barrier = threading.Barrier(len(runners))

    def run(runner: Callable[[], Result]) -> Result | Exception:
        try:
            barrier.wait(30)
            return runner()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))
