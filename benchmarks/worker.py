"""The worker's loop (claim, make, encode, store, score, commit) against the engine alone on the same requests."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.utils import timezone

from benchmarks.rows import Row
from common.models import User
from generation import jobs, worker
from generation.engines import load
from generation.engines.base import Engine, Request
from generation.engines.parameters import spec_of
from generation.models import Account, Checkpoint, Slot
from generation.preparing import prepare
from generation.scoring import scores
from generation.storing import columns
from licensing.provenance import publish

__all__ = ["measure"]

PIECES, ROUNDS = 64, 3
SIDES = (512, 1024)
PROJECT = Path(__file__).parents[1]
_seeds = count(1)


def measure() -> Iterator[Row]:
    """Pieces per second through the rows against those straight out of the engine; then seconds from end to end."""
    checkpoint = Checkpoint.objects.filter(engine="palette-field", state="published").latest("created_at")
    person = User.objects.create_user("bench")
    Account.objects.create(user=person, pieces_per_day=100_000)
    engine = load(
        checkpoint.engine,
        settings.CHECKPOINT_DIR / checkpoint.folder,
        weights_sha256=checkpoint.weights_sha256,
        device=settings.DEVICE,
        threads=settings.ENGINE_THREADS,
    )
    house = House(checkpoint, person, engine)
    for side in SIDES:
        yield from house.throughput(side)
    yield from house.one_megapixel()
    yield _cold_start(house)


class House:
    """One checkpoint, asked for pieces in each of the ways that are compared."""

    def __init__(self, checkpoint: Checkpoint, person: User, engine: Engine) -> None:
        self.checkpoint = checkpoint
        self.person = person
        self.engine = engine

    def throughput(self, side: int) -> Iterator[Row]:
        """The three ways take turns, so that what else the machine does falls on all of them."""
        pieces = PIECES * SIDES[0] ** 2 // side**2
        self.worker(8, side)
        alone, ours, single = [], [], []
        for _ in range(ROUNDS):
            alone.append(_rate(lambda: self.alone(pieces, side), pieces))
            ours.append(_rate(lambda: self.worker(pieces, side), pieces))
            single.append(_rate(lambda: self.one_at_a_time(pieces, side), pieces))
        name = f"worker, {side} px, stored and committed"
        yield Row(f"{name} (bar: 0.90)", median(ours), "/s", "the engine alone, batches of eight", median(alone))
        yield Row(name, median(ours), "/s", "one job at a time, each stored in turn", median(single))

    def alone(self, pieces: int, side: int) -> None:
        """The engine's batched pass, whose pictures are thrown away."""
        for _ in self.engine.generate([self._request(side) for _ in range(pieces)]):
            pass

    def worker(self, pieces: int, side: int) -> None:
        """A job of so many pieces, through the rows."""
        self.ask(pieces, side)
        assert worker.run(owner="bench") == pieces

    def one_at_a_time(self, pieces: int, side: int) -> None:
        """What a task for each piece would do: claim one, make it, store it, commit it."""
        self.ask(pieces, side)
        profile = self.engine.profile()
        for slot in iter(lambda: jobs.claim(owner="bench", limit=1), []):
            started_at = timezone.now()
            [made] = self.engine.generate([Request(slot[0].seed, slot[0].job.parameters)])
            prepared = prepare(made.work)
            told = {**columns(made, prepared), "scores": scores(made, self.checkpoint, prepared)}
            jobs.finish(slot[0], **told, profile=profile, started_at=started_at)

    def one_megapixel(self) -> Iterator[Row]:
        """From the request to the signed file with its record, credential and log entry."""

        def made_and_signed() -> None:
            job = self.ask(1, 1024)
            worker.run(owner="bench")
            publish.papers(job.slots.get().piece.pk)

        made_and_signed()
        seconds = median(1 / _rate(made_and_signed, 1) for _ in range(5))
        yield Row("a 1 MP picture with its papers: seconds", seconds, "s", "the bar: two seconds", 2.0)

    def ask(self, pieces: int, side: int) -> Any:
        parameters = {"width": side, "height": side}
        first = next(_seeds) * 1000
        return jobs.request(
            requested_by=self.person, checkpoint=self.checkpoint, parameters=parameters, seed=first, count=pieces
        )

    def _request(self, side: int) -> Request:
        spec = spec_of(self.checkpoint.engine, self.checkpoint.architecture)
        return spec.request(next(_seeds), {"width": side, "height": side})


def _cold_start(house: House) -> Row:
    """From starting a worker process to its first piece, against what importing torch takes by itself."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    torch = time.perf_counter() - began
    waiting = house.ask(1, 512).slots
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "generation", "--pool", "solo"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--loglevel", "ERROR", "--without-mingle", "--without-gossip"],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            while not waiting.filter(state=Slot.State.FINISHED).exists():
                assert time.perf_counter() - began < 120, "the worker made nothing"
                time.sleep(0.02)
            seconds = time.perf_counter() - began
        finally:
            process.terminate()
    return Row("a worker's cold start, to its first piece", seconds, "s", "importing torch alone", torch)


def _rate(work: Callable[[], None], pieces: int) -> float:
    began = time.perf_counter()
    work()
    return pieces / (time.perf_counter() - began)
