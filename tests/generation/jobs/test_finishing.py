"""Whoever holds a claim finishes it once; a stalled worker is fenced off."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.models import OutboxEvent
from generation import jobs
from generation.models import Checkpoint, Piece, Slot
from tests.generation.jobs.asking import ask, let_leases_lapse, made
from tests.racing import race


def test_a_worker_that_stalls_past_its_lease_is_fenced_off(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    [stalled] = jobs.claim(owner="stalled", limit=1)
    let_leases_lapse()
    assert jobs.sweep() == 1
    [taken_over] = jobs.claim(owner="second", limit=1)
    assert (stalled.fence, taken_over.fence) == (1, 2)
    with pytest.raises(jobs.LeaseLost):
        made(stalled)
    assert not Piece.objects.exists()
    assert not OutboxEvent.objects.exists()
    piece = made(taken_over)
    assert Piece.objects.get() == piece
    assert OutboxEvent.objects.get(topic="piece.finished").payload == {"piece_id": str(piece.pk)}


def test_control_without_the_fence_the_stalled_worker_would_have_finished_anothers_claim(
    checkpoint: Checkpoint,
) -> None:
    ask(checkpoint)
    [stalled] = jobs.claim(owner="stalled", limit=1)
    let_leases_lapse()
    jobs.sweep()
    jobs.claim(owner="second", limit=1)
    unfenced = Slot.objects.filter(pk=stalled.pk, state="claimed")
    assert unfenced.update(state="finished", lease_expires_at=None) == 1


@pytest.mark.concurrency
def test_two_workers_that_finish_the_same_claim_make_one_piece(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    [slot] = jobs.claim(owner="a", limit=1)
    outcomes = race([lambda: made(slot)] * 4)
    assert sum(isinstance(outcome, Piece) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, jobs.LeaseLost) for outcome in outcomes) == 3
    assert Piece.objects.count() == OutboxEvent.objects.count() == 1


def test_a_renewed_lease_is_not_swept(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    slots = jobs.claim(owner="a", limit=1)
    let_leases_lapse()
    jobs.renew(slots)
    assert jobs.sweep() == 0
    assert Slot.objects.get().state == "claimed"


def test_a_finished_piece_never_changes(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    piece = made(jobs.claim(owner="a", limit=1)[0])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Piece.objects.update(seed=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        piece.delete()
    assert Piece.objects.get().seed == 5


def test_what_is_given_back_was_no_attempt(checkpoint: Checkpoint) -> None:
    ask(checkpoint, count=2)
    slots = jobs.claim(owner="a", limit=2)
    jobs.give_back(slots)
    jobs.give_back(slots)
    assert set(Slot.objects.values_list("state", "attempts", "fence")) == {("waiting", 0, 1)}
    assert jobs.ours(slots) == set()


def test_what_is_put_off_waits_before_it_is_tried_again(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    [slot] = jobs.claim(owner="a", limit=1)
    jobs.put_off(slot, code="not_stored", detail="The disk was full.")
    assert jobs.claim(owner="a", limit=1) == []
    assert jobs.due_queues() == []
    assert jobs.sweep() == 0
    Slot.objects.update(not_before=timezone.now())
    [again] = jobs.claim(owner="a", limit=1)
    made(again)
    assert list(Slot.objects.values_list("state", "attempts", "error_code")) == [("finished", 2, "")]


def test_steps_are_reported_for_slots_that_are_still_ours(checkpoint: Checkpoint) -> None:
    job = ask(checkpoint, count=2)
    slots = jobs.claim(owner="a", limit=2)
    Slot.objects.filter(pk=slots[1].pk).update(state="cancelled", lease_expires_at=None)
    jobs.report(slots, 7, 30)
    assert list(job.slots.order_by("index").values_list("steps_done", "steps_total")) == [(7, 30), (0, 0)]
    assert jobs.ours(slots) == {slots[0].pk}
