"""What goes wrong with one request, the memory or the store harms no other piece of its batch."""

import pytest
from django.utils import timezone

from common import storage
from generation import jobs, worker
from generation.models import Checkpoint, InputWork, JobInput, Piece, Slot
from tests.generation.worker.making import ask, let_it_be_tried_again, stored, undisturbed
from tests.generation.worker.troubled import Troubles


def test_a_refused_request_among_seven_fails_alone_with_its_reason_and_the_seven_keep_their_bytes(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint)
    troubles.refused = {4}
    assert worker.run(owner="a") == 7
    assert troubles.asked[1:] == [([seed], 8) for seed in range(1, 9)], "alone, in the same number of slots"
    slot = Slot.objects.get(state="failed")
    assert (slot.seed, slot.attempts, slot.error_code) == (4, 1, "too_dark")
    assert slot.error_detail == "This seed is too dark to paint; ask for another."
    alone = undisturbed(checkpoint, range(1, 9))
    assert stored() == {seed: content for seed, content in alone.items() if seed != 4}


def test_pieces_that_came_out_before_a_failure_stay_and_are_not_made_again(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint)

    def fails_once(number: int) -> None:
        if number == 3 and len(troubles.asked) == 1:
            raise RuntimeError("a cable came loose")

    troubles.at_piece = fails_once
    assert worker.run(owner="a") == 8
    assert [seeds for seeds, _ in troubles.asked] == [[*range(1, 9)], [4], [5], [6], [7], [8]]
    assert stored() == undisturbed(checkpoint, range(1, 9))


def test_what_fails_for_no_known_reason_is_put_off_for_longer_each_time_and_then_given_up(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint, count=1)
    troubles.broken = {1}
    waits = []
    for _ in range(jobs.MAX_ATTEMPTS - 1):
        began = timezone.now()
        assert worker.run(owner="a") == 0
        slot = Slot.objects.get()
        assert (slot.state, slot.error_code) == ("waiting", "engine_failed")
        assert slot.not_before is not None
        waits.append((slot.not_before - began).total_seconds())
        assert jobs.claim(owner="too early", limit=1) == []
        let_it_be_tried_again()
    assert [2**n / 2 <= wait <= 2**n + 1 for n, wait in enumerate(waits, start=1)] == [True] * 4
    worker.run(owner="a")
    slot = Slot.objects.get()
    assert (slot.state, slot.attempts, slot.error_code) == ("failed", 5, "engine_failed")
    assert slot.error_detail == "ZeroDivisionError: division by zero"
    assert not Piece.objects.exists()


def test_out_of_memory_goes_on_in_the_next_smaller_number_of_slots_which_the_record_names(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint)
    troubles.most_slots = 2
    assert worker.run(owner="a") == 8
    assert [slots for _, slots in troubles.asked] == [8, 4, 2]
    assert {piece.profile["batch_slots"] for piece in Piece.objects.all()} == {2}
    assert stored() == undisturbed(checkpoint, range(1, 9), slots=2)
    ask(checkpoint, seed=51)
    assert worker.run(owner="a") == 8
    assert [slots for _, slots in troubles.asked][3:] == [2] * 4, "what fits is remembered"


def test_where_not_even_one_fits_each_is_put_off_and_then_fails_with_out_of_memory(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint, count=2)
    troubles.most_slots = 0
    for _ in range(jobs.MAX_ATTEMPTS):
        assert worker.run(owner="a") == 0
        let_it_be_tried_again()
    assert set(Slot.objects.values_list("state", "error_code", "attempts")) == {("failed", "out_of_memory", 5)}
    assert not Piece.objects.exists()


def test_a_piece_that_cannot_be_stored_is_made_again_later(
    checkpoint: Checkpoint, troubles: Troubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(checkpoint, count=2)
    put, calls = storage.put, []

    def full_at_first(area: str, data: bytes, suffix: str) -> storage.Stored:
        calls.append(suffix)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        return put(area, data, suffix)

    monkeypatch.setattr("generation.storing.storage.put", full_at_first)
    assert worker.run(owner="a") == 1
    assert sorted(Slot.objects.values_list("state", "error_code")) == [("finished", ""), ("waiting", "not_stored")]
    let_it_be_tried_again()
    assert worker.run(owner="a") == 1
    assert set(Slot.objects.values_list("state", "error_code")) == {("finished", "")}
    assert stored() == undisturbed(checkpoint, range(1, 3))


def test_input_works_reach_the_engine_as_their_bytes(checkpoint: Checkpoint, troubles: Troubles) -> None:
    job = ask(checkpoint, count=2)
    brought = storage.put("masters", b"the bytes of a picture", ".png")
    work = InputWork.objects.create(
        owner=job.requested_by,
        origin="upload",
        media_type="image/png",
        sha256=brought.sha256,
        name=brought.name,
        licence_spdx="CC0-1.0",
        rights_holder="Nobody",
    )
    JobInput.objects.create(job=job, role="content", work=work)
    worker.run(owner="a")
    assert troubles.inputs == [{"content": b"the bytes of a picture"}] * 2
