"""Workers are killed in the middle of their work: no piece is lost, and none is made twice."""

import time
from collections import Counter
from pathlib import Path

import pytest

from common.models import OutboxEvent
from generation import jobs
from generation.models import Piece, Slot
from generation.tasks import ring, sweep
from tests import factories
from tests.faults.workers import Workers, tiny_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency, pytest.mark.slow]

COUNT = 16


def finished() -> int:
    return Slot.objects.filter(state=Slot.State.FINISHED).count()


class Clock:
    """Rings once a second when it is asked, as the scheduler does on its own."""

    last = 0.0

    def tick(self) -> None:
        if time.monotonic() - self.last > 1:
            sweep()
            self.last = time.monotonic()


def test_sigkill_in_mid_batch_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoints")
    parameters = {"width": 1024, "height": 1024}
    jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=parameters, seed=1, count=COUNT)
    clock = Clock()
    with Workers(tmp_path, LEASE_SECONDS="2") as workers:
        by_pid = {worker.pid: worker for worker in (workers.start("generation") for _ in range(3))}
        workers.wait_until_ready(3, within=120)

        def kill_the_one_with(state: str) -> tuple[int, int]:
            """Kill a worker with a slot in this state; how many it finished, and how many it held when it died."""
            owner = Slot.objects.filter(state=state).values_list("owner", flat=True)[0]
            workers.kill(by_pid[int(owner.rsplit(":", 1)[1])])
            left = Counter(Slot.objects.filter(owner=owner).values_list("state", flat=True))
            return left["finished"], left["claimed"]

        ring("pictures")
        workers.wait_until(lambda: Slot.objects.filter(state="claimed").exists(), within=30)
        assert kill_the_one_with("claimed") == (0, 8), "this one was to be killed before it finished anything"

        def another_finishes() -> bool:
            clock.tick()
            return finished() > 0

        workers.wait_until(another_finishes, within=60)
        made, held = kill_the_one_with("finished")
        assert made > 0
        assert held > 0, "this one was to be killed between the pieces of its batch"

        def all_made() -> bool:
            clock.tick()
            return finished() == COUNT

        workers.wait_until(all_made, within=120)
    assert Piece.objects.count() == COUNT
    assert sorted(Piece.objects.values_list("seed", flat=True)) == list(range(1, COUNT + 1))
    announced = [event.payload["piece_id"] for event in OutboxEvent.objects.filter(topic="piece.finished")]
    assert sorted(announced) == sorted(str(pk) for pk in Piece.objects.values_list("pk", flat=True))
    assert Slot.objects.filter(attempts__gt=1).count() >= 8
