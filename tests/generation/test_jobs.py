"""A job's rows are the truth: nothing is made twice, nothing is lost, and a stalled worker is fenced off."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.models import AuditLine, OutboxEvent
from generation import jobs
from generation.models import Checkpoint, Job, Piece, Slot
from generation.models.job import MAX_SEED
from generation.parameters import ParameterRefused
from tests import factories
from tests.racing import race

ARCHITECTURE = {"families": ["ridges", "waves"]}


@pytest.fixture
def checkpoint(transactional_db: None) -> Checkpoint:
    return factories.checkpoint(architecture=ARCHITECTURE)


def ask(checkpoint: Checkpoint, **fields: Any) -> Job:
    given: dict[str, Any] = {"parameters": {"width": 256, "height": 256}, "seed": 5, "count": 1, **fields}
    return jobs.request(requested_by=factories.user(), checkpoint=checkpoint, **given)


def made(slot: Slot) -> Piece:
    return jobs.finish(
        slot,
        media_type="image/png",
        width=256,
        height=256,
        content_sha256="ab" * 32,
        master_name="ab/ab.png",
        parameters={},
        profile={},
        started_at=timezone.now(),
    )


def let_leases_lapse() -> None:
    Slot.objects.filter(state="claimed").update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_request_writes_one_slot_per_piece_each_with_its_own_seed(checkpoint: Checkpoint) -> None:
    job = ask(checkpoint, seed=41, count=3)
    assert list(job.slots.order_by("index").values_list("index", "seed", "state")) == [
        (0, 41, "waiting"),
        (1, 42, "waiting"),
        (2, 43, "waiting"),
    ]
    assert job.parameters == {
        "width": 256,
        "height": 256,
        "family": "ridges",
        "truncation": "0.8",
        "temperature": "0.6",
        "grain": "0.3",
    }
    assert AuditLine.objects.get(subject_id=str(job.pk)).action == "job.requested"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"count": 0}, "count"),
        ({"count": 10_000}, "count"),
        ({"count": True}, "count"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": MAX_SEED, "count": 2}, "seed"),
        ({"seed": "many"}, "seed"),
        ({"parameters": {"width": 255}}, "width"),
        ({"parameters": {"height": 5000}}, "height"),
        ({"parameters": {"family": "cats"}}, "family"),
        ({"parameters": {"truncation": "NaN"}}, "truncation"),
        ({"parameters": {"temperature": "1e400"}}, "temperature"),
        ({"parameters": {"steps": 30}}, "steps"),
    ],
)
def test_a_value_out_of_range_is_named_and_nothing_is_written(
    checkpoint: Checkpoint, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(ParameterRefused) as refusal:
        ask(checkpoint, **fields)
    assert list(refusal.value.extra["errors"]) == [named]
    assert not Job.objects.exists()
    assert not Slot.objects.exists()


def test_a_retired_checkpoint_takes_no_job(checkpoint: Checkpoint) -> None:
    checkpoint.state = Checkpoint.State.RETIRED
    checkpoint.save()
    with pytest.raises(jobs.UnknownCheckpoint):
        ask(checkpoint)
    assert not Job.objects.exists()


def test_a_claim_takes_only_slots_that_fit_into_one_batch(checkpoint: Checkpoint) -> None:
    ask(checkpoint, count=3)
    ask(checkpoint, count=2, parameters={"width": 512, "height": 256})
    ask(checkpoint, count=7)
    assert [(slot.batch_key.split(":")[1], slot.fence) for slot in jobs.claim(owner="a", limit=8)] == [
        ("256x256", 1)
    ] * 8
    assert [slot.batch_key.split(":")[1] for slot in jobs.claim(owner="a", limit=8)] == ["512x256"] * 2
    assert [slot.batch_key.split(":")[1] for slot in jobs.claim(owner="a", limit=8)] == ["256x256"] * 2
    assert jobs.claim(owner="a", limit=8) == []


@pytest.mark.concurrency
def test_eight_workers_claim_forty_slots_and_no_slot_twice(checkpoint: Checkpoint) -> None:
    ask(checkpoint, count=40)

    def work(owner: str) -> list[str]:
        mine: list[str] = []
        while slots := jobs.claim(owner=owner, limit=3):
            mine += [str(slot.pk) for slot in slots]
        return mine

    claims = race([lambda owner=owner: work(owner) for owner in "abcdefgh"])  # type: ignore[misc]
    counted = Counter(slot for claim in claims for slot in claim)  # type: ignore[union-attr]
    # A worker may see nothing for a moment while others hold the rows; the scheduler rings again.
    counted.update(work("late"))
    assert len(counted) == 40
    assert set(counted.values()) == {1}


@pytest.mark.concurrency
def test_control_without_the_conditional_claim_two_workers_take_the_same_slot(checkpoint: Checkpoint) -> None:
    ask(checkpoint, count=1)
    both_have_looked = threading.Barrier(2)

    def naive(owner: str) -> str:
        slot = Slot.objects.get(state="waiting")
        both_have_looked.wait(20)
        Slot.objects.filter(pk=slot.pk).update(state="claimed", owner=owner, lease_expires_at=timezone.now())
        return str(slot.pk)

    first, second = race([lambda: naive("a"), lambda: naive("b")])
    assert first == second


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


def test_a_slot_that_five_workers_began_is_given_up_with_a_reason(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert len(jobs.claim(owner="a", limit=1)) == 1
        let_leases_lapse()
        jobs.sweep()
    slot = Slot.objects.get()
    assert (slot.state, slot.error_code, slot.attempts) == ("failed", "abandoned", 5)


def test_cancelling_stops_what_waits_and_throws_away_what_is_being_made(checkpoint: Checkpoint) -> None:
    job = ask(checkpoint, count=3)
    [running] = jobs.claim(owner="a", limit=1)
    jobs.cancel(job=job, by=job.requested_by)
    jobs.cancel(job=job, by=job.requested_by)
    assert jobs.progress(job) == {"cancelled": 3}
    with pytest.raises(jobs.LeaseLost):
        made(running)
    assert not Piece.objects.exists()
    assert AuditLine.objects.filter(action="job.cancelled").count() == 1


def test_a_finished_piece_never_changes(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    piece = made(jobs.claim(owner="a", limit=1)[0])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Piece.objects.update(seed=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        piece.delete()
    assert Piece.objects.get().seed == 5
