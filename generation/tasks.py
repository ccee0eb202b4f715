"""Celery entry points of generation, and what a worker process does when it starts and ends.

A worker hears one queue of bells for each capability it serves (`WORKER_QUEUES`), and claims from the rows until none
fits. The house worker sweeps; so a long line of pieces never holds up what the scheduler asks for.
"""

import logging
import os
from functools import cache
from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings

from generation import jobs
from generation.heart import Heart, heard, tidy

log = logging.getLogger(__name__)

BELLS = "generation"
# A task ends after so long and rings for the next: the broker hears from the worker in between.
_LONGEST_RUN_SECONDS = 30.0
# Signals of one Ctrl-C come to a process from the terminal and from whoever started it.
_SAME_SIGNAL_SECONDS = 1.0


@shared_task(name="generation.work", ignore_result=True)
def work() -> int:
    """Make what waits. Runs in the generation workers only: this is where torch is loaded."""
    from generation import worker

    heart = _heart(os.getpid())
    heart.start()
    made = worker.run(owner=heart.name, heart=heart, at_most_seconds=_LONGEST_RUN_SECONDS)
    if not heart.draining:
        _ring_own()
    return made


@shared_task(name="generation.sweep", ignore_result=True)
def sweep() -> None:
    """Rung by the scheduler in the house worker: recover lapsed leases, and ring again while anything waits.

    A queue that no living worker serves is not rung for: its bells would only pile up. A worker looks when it starts.
    """
    tidy()
    if jobs.sweep():
        for queue in filter(heard, jobs.due_queues()):
            ring(queue)


def ring(queue: str) -> None:
    """Wake a worker that serves this queue. A bell that cannot be rung only delays: the scheduler rings again."""
    try:
        work.apply_async(queue=_bells(queue), expires=30)
    except Exception:
        log.warning("generation bell could not be rung", exc_info=True)


def _bells(queue: str) -> str:
    """The broker's queue; those without a name of their own are for workers that serve everything."""
    return f"{BELLS}.{queue}" if queue in settings.GENERATION_QUEUES else BELLS


def _ring_own() -> None:
    for queue in jobs.due_queues():
        if queue in settings.WORKER_QUEUES or not settings.WORKER_QUEUES:
            ring(queue)


@cache
def _heart(_pid: int) -> Heart:
    """One for each process: a pool may fork."""
    return Heart()


@celeryd_after_setup.connect
def _hear(instance: Any, **_: Any) -> None:
    """`-Q generation` means the bells of every capability that this worker serves."""
    queues = instance.app.amqp.queues
    if BELLS in queues.consume_from:
        if settings.WORKER_QUEUES:
            queues.deselect(BELLS)
        for queue in settings.WORKER_QUEUES or settings.GENERATION_QUEUES:
            queues.select_add(_bells(queue))


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    if any(name.startswith(BELLS) for name in sender.app.amqp.queues.consume_from):
        _heart(os.getpid()).start()
        _ring_own()


@worker_shutting_down.connect
def _drain(**_: Any) -> None:
    """Finish the piece in hand and give the rest back; asked a second time, end at once: the leases will lapse."""
    heart = _heart(os.getpid())
    if heart.beating and heart.draining_seconds > _SAME_SIGNAL_SECONDS:
        os._exit(1)
    heart.drain()


@worker_shutdown.connect
def _end(**_: Any) -> None:
    _heart(os.getpid()).stop()
