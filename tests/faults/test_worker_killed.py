"""Workers are killed in the middle of their work: no piece is lost, and none is made twice."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from common.models import OutboxEvent
from generation import jobs
from generation.models import Piece, Slot
from generation.tasks import ring, sweep
from tests import factories
from tests.faults.workers import Workers, tiny_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency, pytest.mark.slow]

COUNT = 24


def wait_until(condition: Any, *, within: float, workers: Workers) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, (
            f"{Counter(Slot.objects.values_list('state', flat=True))}\n{workers.log()[-3000:]}"
        )
        time.sleep(0.05)


def finished() -> int:
    return Slot.objects.filter(state=Slot.State.FINISHED).count()


def test_sigkill_in_mid_batch_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoints")
    parameters = {"width": 1024, "height": 1024}
    jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=parameters, seed=1, count=COUNT)
    with Workers(tmp_path, LEASE_SECONDS="2") as workers:
        killed_with_claims = 0
        for _ in range(3):
            worker = workers.start("generation")
            before = finished()
            ring()
            wait_until(lambda before=before: finished() > before, within=60, workers=workers)
            workers.kill(worker)
            killed_with_claims += Slot.objects.filter(state=Slot.State.CLAIMED).count()
        assert killed_with_claims > 0, "no worker was killed in the middle of a batch: the test proved nothing"
        assert finished() < COUNT
        workers.start("generation")

        last_bell = 0.0

        def all_made() -> bool:
            nonlocal last_bell
            if time.monotonic() - last_bell > 1:  # as the scheduler does
                sweep()
                last_bell = time.monotonic()
            return finished() == COUNT

        wait_until(all_made, within=120, workers=workers)
    assert Piece.objects.count() == COUNT
    assert sorted(Piece.objects.values_list("seed", flat=True)) == list(range(1, COUNT + 1))
    announced = [event.payload["piece_id"] for event in OutboxEvent.objects.filter(topic="piece.finished")]
    assert sorted(announced) == sorted(str(pk) for pk in Piece.objects.values_list("pk", flat=True))
    assert Slot.objects.filter(attempts__gt=1).exists()
