"""Celery entry points of training, for workers on the queue `training`. The rows are the truth; a message is a bell."""

import logging
import os
import socket
import threading

from celery import shared_task
from celery.signals import worker_shutting_down

from generation import training_jobs

log = logging.getLogger(__name__)

_ending = threading.Event()


@worker_shutting_down.connect
def _note_end(**_: object) -> None:
    _ending.set()


@shared_task(name="training.work", ignore_result=True)
def work() -> int:
    """Carry out what waits. Runs in training workers only: this is where torch is loaded."""
    from generation import training_worker

    return training_worker.run(owner=f"{socket.gethostname()}:{os.getpid()}", ending=_ending.is_set)


@shared_task(name="training.sweep", ignore_result=True)
def sweep() -> None:
    """Rung by the scheduler in the house worker: recover lapsed leases, and ring again while anything waits."""
    if training_jobs.sweep():
        ring()


def ring() -> None:
    """Wake a training worker. A bell that cannot be rung only delays: the scheduler rings again."""
    try:
        work.apply_async(expires=60)
    except Exception:
        log.warning("training bell could not be rung", exc_info=True)
