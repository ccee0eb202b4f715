"""The worker's loop (claim, make, encode, store, score, commit) against the engine alone on the same requests."""

import time
from collections.abc import Iterator

from benchmarks.rows import Row
from common.models import User
from generation import jobs, worker
from generation.engines import load
from generation.engines.parameters import spec_of
from generation.models import Checkpoint

__all__ = ["measure"]

PIECES = 32
SIDE = 512


def measure() -> Iterator[Row]:
    """Pieces per second through the rows, and straight out of the engine in full batches."""
    from django.conf import settings

    checkpoint = Checkpoint.objects.latest("created_at")
    folder = settings.CHECKPOINT_DIR / checkpoint.folder
    engine = load(checkpoint.engine, folder, weights_sha256=checkpoint.weights_sha256)
    spec = spec_of(checkpoint.engine, checkpoint.architecture)
    requests = [spec.request(seed, {"width": SIDE, "height": SIDE}) for seed in range(PIECES)]
    list(engine.generate(requests[:8]))
    began = time.perf_counter()
    list(engine.generate(requests))
    alone = PIECES / (time.perf_counter() - began)

    person = User.objects.create_user("bench")
    parameters = {"width": SIDE, "height": SIDE}
    jobs.request(requested_by=person, checkpoint=checkpoint, parameters=parameters, seed=0, count=PIECES)
    began = time.perf_counter()
    made = worker.run(owner="bench")
    assert made == PIECES
    ours = PIECES / (time.perf_counter() - began)
    yield Row(f"worker, {SIDE} px, stored and committed", ours, "/s", "the engine alone, batches of eight", alone)
