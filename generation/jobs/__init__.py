"""Jobs: requested, claimed under a lease with a fencing token, finished at most once. The rows are the truth.

A worker that stalls past its lease loses its claim: the next claim raises the slot's `fence`, and what the stalled
worker brings back later is refused (Kleppmann, "How to do distributed locking", 2016). Knows nothing of engines.

    requesting    ask, cancel, and how far a job is
    claiming      what is next, and taking a batch of it
    finishing     what the holder of a claim does with it
    queueing      the queues as a whole: lapsed leases, places in line, what waits how long
"""

from generation.jobs.claiming import claim, next_up
from generation.jobs.finishing import (
    MAX_ATTEMPTS,
    LeaseLost,
    fail,
    finish,
    give_back,
    ours,
    put_off,
    renew,
    report,
)
from generation.jobs.queueing import Waiting, ahead, due_queues, sweep, waiting
from generation.jobs.requesting import UnknownCheckpoint, cancel, progress, published, request

__all__ = [
    "MAX_ATTEMPTS",
    "LeaseLost",
    "UnknownCheckpoint",
    "Waiting",
    "ahead",
    "cancel",
    "claim",
    "due_queues",
    "fail",
    "finish",
    "give_back",
    "next_up",
    "ours",
    "progress",
    "published",
    "put_off",
    "renew",
    "report",
    "request",
    "sweep",
    "waiting",
]
