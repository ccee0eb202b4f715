"""Fifty kills at random moments while two workers make 500 pieces, and messages that are lost and doubled."""

import hashlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from common.models import OutboxEvent
from generation import engines, jobs
from generation.models import Checkpoint, Piece, Slot, Worker
from generation.parameters import spec
from generation.tasks import ring, sweep
from tests import factories
from tests.faults.workers import Fleet, tiny_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SIDE = {"width": 256, "height": 256}
COUNT, KILLS, PEOPLE = 500, 50, 10


class Unreliable:
    """The scheduler and the broker on a bad day: now and then a bell rings twice, or every message is lost."""

    def __init__(self, random: Random, queue: Path) -> None:
        self._random = random
        self._queue = queue
        self._last = 0.0
        self.happened: Counter[str] = Counter()

    def tick(self) -> None:
        """At most three times a second."""
        if time.monotonic() - self._last < 0.3:
            return
        self._last = time.monotonic()
        sweep()
        what = self._random.choice(("twice", "lost", "nothing"))
        self.happened[what] += 1
        if what == "twice":
            ring("pictures")
            ring("pictures")
        elif what == "lost":
            for message in self._queue.glob("*.msg"):
                message.unlink(missing_ok=True)


@pytest.fixture
def checkpoint(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    settings.GENERATION_WAITING_SLOTS = settings.GENERATION_PIECES_PER_DAY = COUNT
    # So many kills within a minute are more than a slot's five tries are meant for.
    monkeypatch.setattr("generation.jobs.queueing.MAX_ATTEMPTS", KILLS)
    return tiny_checkpoint(tmp_path / "checkpoints")


def ask(checkpoint: Checkpoint, *, seed: int, count: int) -> None:
    jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=SIDE, seed=seed, count=count)


def finished() -> int:
    return Slot.objects.filter(state="finished").count()


def holders() -> list[int]:
    """The process ids of workers that hold slots."""
    owners = Slot.objects.filter(state="claimed").order_by("owner").values_list("owner", flat=True).distinct()
    return [int(owner.rsplit(":", 1)[1]) for owner in owners]


def undisturbed(checkpoint: Checkpoint, folder: Path) -> dict[int, str]:
    """The digest of every piece, made by the engine in this process, in full batches of eight."""
    engine = engines.load("palette-field", folder / checkpoint.folder, weights_sha256=checkpoint.weights_sha256)
    requests = [spec(checkpoint).request(seed, SIDE) for seed in range(COUNT)]
    return {made.seed: hashlib.sha256(made.work.encode()).hexdigest() for made in engine.generate(requests)}


def test_nothing_is_lost_and_nothing_is_doubled(checkpoint: Checkpoint, tmp_path: Path, settings: Any) -> None:
    for person in range(PEOPLE):
        ask(checkpoint, seed=person * COUNT // PEOPLE, count=COUNT // PEOPLE)
    random = Random(20261125)
    moments = sorted(random.sample(range(COUNT - 20), KILLS))
    bad_day = Unreliable(random, settings.VAR_DIR / "queue")
    with Fleet(tmp_path, LEASE_SECONDS="1") as fleet:

        def until(condition: Callable[[], object]) -> None:
            def holds() -> bool:
                bad_day.tick()
                return bool(condition())

            fleet.wait_until(holds, within=200)

        fleet.fork()
        fleet.fork()
        for moment in moments:
            until(lambda moment=moment: finished() >= moment and fleet.alive & set(holders()))  # type: ignore[misc]
            time.sleep(random.uniform(0, 0.1))
            # One that holds slots at this moment, if there still is one, and otherwise any.
            fleet.kill_one(random.choice(sorted(fleet.alive & set(holders()) or fleet.alive)))
            fleet.fork()
        until(lambda: finished() == COUNT)
    assert Counter(Slot.objects.values_list("state", flat=True)) == {"finished": COUNT}
    assert dict(Piece.objects.values_list("seed", "content_sha256")) == undisturbed(
        checkpoint, tmp_path / "checkpoints"
    )
    announced = [event.payload["piece_id"] for event in OutboxEvent.objects.filter(topic="piece.finished")]
    assert sorted(announced) == sorted(str(pk) for pk in Piece.objects.values_list("pk", flat=True))
    assert Piece.objects.count() == COUNT
    assert Slot.objects.filter(attempts__gt=1).count() > KILLS, "the kills hit workers that held slots"
    assert min(bad_day.happened["twice"], bad_day.happened["lost"]) > 5


@pytest.mark.parametrize("fenced", [True, False], ids=["with the fence", "control without the fence"])
def test_a_worker_that_wakes_up_after_its_lease_changes_nothing_only_because_of_the_fence(
    fenced: bool, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    ask(checkpoint, seed=0, count=8)
    with Fleet(tmp_path, LEASE_SECONDS="2", **({} if fenced else {"UNFENCED": "1"})) as fleet:
        stalled = fleet.fork("stall")
        fleet.wait_until(lambda: finished() == 1 and jobs.sweep() == 7, within=90)
        fleet.fork()
        fleet.wait_until(lambda: finished() == 8, within=90)
        woken_at = timezone.now()
        os.kill(stalled, signal.SIGRTMIN)
        awake = Worker.objects.filter(name__endswith=f":{stalled}", beat_at__gt=woken_at, state="idle")
        fleet.wait_until(awake.exists, within=60)
    states = Counter(Slot.objects.values_list("state", flat=True))
    if fenced:
        assert states == {"finished": 8}
        assert OutboxEvent.objects.filter(topic="piece.finished").count() == Piece.objects.count() == 8
    else:
        assert states["finished"] < 8, "the control was to show that the fence is what keeps this"
