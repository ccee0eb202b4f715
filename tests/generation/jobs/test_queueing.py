"""Lapsed leases go back in line, and everybody can see what waits."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from generation import jobs
from generation.models import Checkpoint, Job, Slot
from tests.generation.jobs.asking import SIDE, ask, let_leases_lapse


def test_a_slot_that_five_workers_began_is_given_up_with_a_reason(checkpoint: Checkpoint) -> None:
    ask(checkpoint)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert len(jobs.claim(owner="a", limit=1)) == 1
        let_leases_lapse()
        jobs.sweep()
    slot = Slot.objects.get()
    assert (slot.state, slot.error_code, slot.attempts) == ("failed", "abandoned", 5)


def test_the_queues_say_what_waits_how_long_and_what_is_being_made(
    checkpoint: Checkpoint, django_assert_num_queries: Any
) -> None:
    Job.objects.filter(pk=ask(checkpoint, count=3).pk).update(created_at=timezone.now() - timedelta(seconds=90))
    jobs.claim(owner="a", limit=1)
    [put_off] = jobs.claim(owner="a", limit=1)
    jobs.put_off(put_off, code="not_stored", detail="")
    with django_assert_num_queries(1):
        queues = jobs.waiting()
    assert [queue.queue for queue in queues] == ["diffusion", "motion", "pictures", "sculptures", "texts"]
    assert [(queue.waiting, queue.running) for queue in queues] == [(0, 0), (0, 0), (1, 1), (0, 0), (0, 0)]
    assert queues[0].oldest_wait_seconds == 0
    assert 90 <= queues[2].oldest_wait_seconds < 120


def test_the_place_in_the_queue_counts_turns_and_not_how_much_others_asked_for(checkpoint: Checkpoint) -> None:
    ask(checkpoint, seed=100, count=40)
    mine = ask(checkpoint, seed=200, count=3)
    assert jobs.ahead(mine) == 1
    later = jobs.request(requested_by=mine.requested_by, checkpoint=checkpoint, parameters=SIDE, count=1)
    assert jobs.ahead(later) == 3 + 4, "three of mine, and each turn one of theirs"
    ask(checkpoint, seed=300, count=5, priority=1)
    assert jobs.ahead(mine) == 6
