"""A worker that is told to stop loses nobody's work, and a long line of pieces holds up no other work of the house."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from generation import jobs
from generation.models import Slot, Worker
from generation.tasks import sweep
from tests import factories
from tests.faults.workers import Fleet, tiny_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

COUNT = 8


def test_sigterm_ends_a_worker_after_the_piece_in_hand_and_a_second_one_at_once(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoints")
    side = {"width": 256, "height": 256}
    jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=side, seed=1, count=COUNT)
    with Fleet(tmp_path) as fleet:
        polite = fleet.fork("slow")
        fleet.wait_until(lambda: Slot.objects.filter(state="finished").exists(), within=60)
        os.kill(polite, signal.SIGTERM)
        assert fleet.ended(polite) == 0
        made = Slot.objects.filter(state="finished", attempts=1).count()
        assert 1 <= made <= 3
        assert Slot.objects.filter(state="waiting", attempts=0).count() == COUNT - made
        assert Worker.objects.get(name__endswith=f":{polite}").state == "gone"

        hasty = fleet.fork("slow")
        fleet.wait_until(lambda: Slot.objects.filter(state="claimed").exists(), within=60)
        os.kill(hasty, signal.SIGTERM)
        time.sleep(1.5)
        os.kill(hasty, signal.SIGTERM)
        began = time.monotonic()
        assert fleet.ended(hasty) == 1
        assert time.monotonic() - began < 2
    assert Slot.objects.filter(state="claimed").exists(), "the piece in hand is left to its lease"


def test_a_full_generation_queue_does_not_delay_sweeping(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoints")
    side = {"width": 256, "height": 256}
    jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=side, seed=1, count=32)
    with Fleet(tmp_path) as fleet:
        busy = fleet.fork("slow")
        fleet.fork("house")
        fleet.wait_until(lambda: Slot.objects.filter(state="finished").exists(), within=60)
        fleet.wait_until_ready(2, within=60)
        [lapsed] = jobs.claim(owner="somebody who died", limit=1)
        Slot.objects.filter(pk=lapsed.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        sweep.apply_async()
        fleet.wait_until(lambda: Slot.objects.get(pk=lapsed.pk).state == "waiting", within=15)
        assert Slot.objects.filter(state="claimed", owner__endswith=f":{busy}").exists(), "it was busy all the while"
