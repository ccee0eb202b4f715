"""Slots are taken by one worker each, in full batches, and those who asked take turns."""

import threading
from collections import Counter

import pytest
from django.utils import timezone

from generation import jobs
from generation.models import Checkpoint, Slot
from tests.generation.jobs.asking import ask, let_leases_lapse
from tests.racing import race


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


def owners(slots: list[Slot]) -> list[int]:
    """Whose slots these are, as seeds' hundreds."""
    return sorted(slot.seed // 100 for slot in slots)


def test_a_batch_is_shared_in_turn_between_those_who_asked(checkpoint: Checkpoint) -> None:
    for hundreds, count in ((1, 9), (2, 2), (3, 5)):
        ask(checkpoint, seed=100 * hundreds, count=count)
    assert owners(jobs.claim(owner="a", limit=8)) == [1, 1, 1, 2, 2, 3, 3, 3]
    assert owners(jobs.claim(owner="a", limit=8)) == [1, 1, 1, 1, 1, 1, 3, 3]


def test_a_higher_priority_goes_first_and_a_batch_is_filled_with_what_fits(checkpoint: Checkpoint) -> None:
    ask(checkpoint, seed=100, count=4)
    ask(checkpoint, seed=200, count=3, parameters={"width": 512, "height": 512})
    ask(checkpoint, seed=300, count=2, priority=5)
    assert owners(jobs.claim(owner="a", limit=4)) == [1, 1, 3, 3]
    assert owners(jobs.claim(owner="a", limit=4)) == [2, 2, 2], "whoever was served goes behind who was not"
    assert owners(jobs.claim(owner="a", limit=4)) == [1, 1]


def test_who_was_served_longest_ago_is_next(checkpoint: Checkpoint) -> None:
    sizes = [{"width": side, "height": side} for side in (256, 320, 384)]
    for hundreds, size in enumerate(sizes, start=1):
        ask(checkpoint, seed=100 * hundreds, count=4, parameters=size)
    turns = [owners(jobs.claim(owner="a", limit=2))[0] for _ in range(6)]
    assert turns == [1, 2, 3, 1, 2, 3]


def test_only_the_queues_that_a_worker_serves_are_claimed(checkpoint: Checkpoint) -> None:
    ask(checkpoint, count=2)
    assert jobs.claim(owner="a", limit=2, queues=["texts"]) == []
    assert jobs.next_up(["texts"]) is None
    assert len(jobs.claim(owner="a", limit=2, queues=["texts", "pictures"])) == 2


@pytest.mark.concurrency
def test_two_workers_that_claim_at_once_both_get_full_batches(checkpoint: Checkpoint) -> None:
    for _ in range(5):
        ask(checkpoint, count=16)
        first, second = race([lambda: jobs.claim(owner="a", limit=8), lambda: jobs.claim(owner="b", limit=8)])
        assert not isinstance(first, Exception), first
        assert not isinstance(second, Exception), second
        assert (len(first), len(second)) == (8, 8)
        assert not {slot.pk for slot in first} & {slot.pk for slot in second}
        Slot.objects.update(state="cancelled", lease_expires_at=None)


def test_what_ended_two_workers_is_made_alone_so_that_it_ends_no_others(checkpoint: Checkpoint) -> None:
    ask(checkpoint, seed=1, count=4)
    for _ in range(2):
        assert len(jobs.claim(owner="a", limit=8)) == 4
        let_leases_lapse()
        jobs.sweep()
    ask(checkpoint, seed=101, count=3)
    # Whoever was never served is first; suspects do not fill up the batch of others.
    assert [slot.seed for slot in jobs.claim(owner="b", limit=8)] == [101, 102, 103]
    assert [[slot.seed for slot in jobs.claim(owner="b", limit=8)] for _ in range(5)] == [[1], [2], [3], [4], []]
