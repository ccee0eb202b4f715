"""A worker hears between steps that nobody waits, that it is to stop, and tells how far it is."""

import time
from typing import Any

import pytest
from django.utils import timezone

from generation import jobs, worker
from generation.heart import Heart
from generation.models import Checkpoint, Piece, Slot
from tests.generation.worker.making import ask, states, stored, undisturbed
from tests.generation.worker.troubled import Troubles


def test_cancelling_stops_the_engine_within_one_step(
    checkpoint: Checkpoint, troubles: Troubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.watch._LOOK_SECONDS", 0)
    job = ask(checkpoint)
    begun: list[int] = []

    def cancelled_in_the_third(number: int) -> None:
        begun.append(number)
        if number == 2:
            jobs.cancel(job=job, by=job.requested_by)

    troubles.at_piece = cancelled_in_the_third
    made = worker.run(owner="a")
    assert begun == [0, 1, 2]
    assert made <= 2, "both may have been on their way into the store"
    assert sorted(states()) == ["cancelled"] * (8 - made) + ["finished"] * made
    assert Piece.objects.count() == made


def test_who_shares_a_batch_with_a_cancelled_job_gets_all_pieces(
    checkpoint: Checkpoint, troubles: Troubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.watch._LOOK_SECONDS", 0)
    dropped = ask(checkpoint, count=4)
    ask(checkpoint, seed=101, count=4)

    def cancels(number: int) -> None:
        if number == 0:
            jobs.cancel(job=dropped, by=dropped.requested_by)

    troubles.at_piece = cancels
    assert worker.run(owner="a") == 4
    assert states() == ["cancelled"] * 4 + ["finished"] * 4
    assert sorted(stored()) == [101, 102, 103, 104]


def test_a_worker_that_drains_finishes_the_piece_in_hand_and_gives_the_rest_back(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint)
    heart = Heart()

    def told_to_stop(number: int) -> None:
        if number == 2:
            heart.drain()

    troubles.at_piece = told_to_stop
    assert worker.run(owner="a", heart=heart) == 3
    assert sorted(Slot.objects.values_list("state", "attempts")) == [("finished", 1)] * 3 + [("waiting", 0)] * 5
    assert worker.run(owner="a", heart=heart) == 0, "it takes no more"
    assert worker.run(owner="b") == 5
    assert stored() == undisturbed(checkpoint, range(1, 9))


def test_a_worker_that_drains_for_too_long_gives_the_piece_in_hand_back_too(
    checkpoint: Checkpoint, troubles: Troubles, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.watch._LOOK_SECONDS", 0)
    settings.DRAIN_SECONDS = 0
    ask(checkpoint, count=2)
    heart = Heart()
    troubles.at_piece = lambda _: heart.drain()
    assert worker.run(owner="a", heart=heart) == 0
    assert set(Slot.objects.values_list("state", "attempts")) == {("waiting", 0)}


def test_progress_is_written_for_the_batch_while_it_is_made(
    checkpoint: Checkpoint, troubles: Troubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.watch._LOOK_SECONDS", 0)
    monkeypatch.setattr("generation.watch._TELL_SECONDS", 0)
    ask(checkpoint, count=4)
    seen = []
    last = Slot.objects.order_by("index")[3:4]
    troubles.at_piece = lambda _: seen.append(last.values_list("steps_done", "steps_total")[0])
    worker.run(owner="a")
    assert seen == [(0, 0), (0, 4), (1, 4), (2, 4)], "as of the step before"
    assert set(Slot.objects.values_list("steps_done", "steps_total")) == {(4, 4)}


def test_leases_are_renewed_while_a_piece_is_made(checkpoint: Checkpoint, troubles: Troubles, settings: Any) -> None:
    settings.LEASE_SECONDS = 0.6
    ask(checkpoint, count=1)
    lapsed: list[int] = []

    def takes_long(_: int) -> None:
        time.sleep(1.5)
        lapsed.append(Slot.objects.filter(lease_expires_at__lt=timezone.now()).count())

    troubles.at_piece = takes_long
    assert worker.run(owner="a") == 1
    assert lapsed == [0]
