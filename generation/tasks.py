"""Celery entry points of generation. The worker's task claims from the rows until none fits."""

import logging
import os
import socket

from celery import shared_task

from generation import jobs

log = logging.getLogger(__name__)


@shared_task(name="generation.work", ignore_result=True)
def work() -> int:
    """Make what waits. Runs in the generation workers only: this is where torch is loaded."""
    from generation import worker

    return worker.run(owner=f"{socket.gethostname()}:{os.getpid()}")


@shared_task(name="generation.sweep", ignore_result=True)
def sweep() -> None:
    """Rung by the scheduler in the house worker: recover lapsed leases, and ring again while anything waits."""
    if jobs.sweep():
        ring()


def ring() -> None:
    """Wake a generation worker. A bell that cannot be rung only delays: the scheduler rings again."""
    try:
        work.apply_async(expires=30)
    except Exception:
        log.warning("generation bell could not be rung", exc_info=True)
