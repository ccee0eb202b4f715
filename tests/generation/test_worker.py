"""A worker makes full batches; what goes wrong with one request, the memory or the time harms no other piece."""

import io
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import django.conf
import pytest
from django.utils import timezone
from PIL import Image

from common import storage
from common.models import OutboxEvent, User
from generation import engines, jobs, loaded, worker
from generation.heart import Heart
from generation.loaded import Engines
from generation.models import Account, Checkpoint, InputWork, Job, JobInput, Piece, Slot
from generation.parameters import spec
from tests import factories
from tests.faults.workers import tiny_checkpoint
from tests.generation.troubled import Troubles

SIDE = {"width": 256, "height": 256}


@pytest.fixture
def checkpoint(transactional_db: None, tmp_path: Path, settings: Any) -> Checkpoint:
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    return tiny_checkpoint(settings.CHECKPOINT_DIR)


@pytest.fixture
def troubles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Troubles]:
    """Nothing goes wrong until a test says what; every test's worker begins with no engine in memory."""
    given = Troubles()
    monkeypatch.setattr(loaded, "load", given.load)
    worker._engines.cache_clear()
    yield given
    worker._engines.cache_clear()


def ask(checkpoint: Checkpoint, *, by: User | None = None, **fields: Any) -> Job:
    given: dict[str, Any] = {"parameters": SIDE, "seed": 1, "count": 8, **fields}
    return jobs.request(requested_by=by or factories.user(), checkpoint=checkpoint, **given)


def undisturbed(checkpoint: Checkpoint, seeds: range, slots: int = 8) -> dict[int, bytes]:
    """What the engine alone makes of these seeds, in so many slots."""
    folder = django.conf.settings.CHECKPOINT_DIR / checkpoint.folder
    engine = engines.load("palette-field", folder, weights_sha256=checkpoint.weights_sha256)
    requests = [spec(checkpoint).request(seed, SIDE) for seed in seeds]
    return {made.seed: made.work.encode() for made in engine.generate(requests, slots=slots)}


def stored() -> dict[int, bytes]:
    return {piece.seed: storage.read("masters", piece.master_name) for piece in Piece.objects.all()}


def states() -> list[str]:
    return list(Slot.objects.order_by("seed").values_list("state", flat=True))


def let_it_be_tried_again() -> None:
    Slot.objects.filter(not_before__isnull=False).update(not_before=timezone.now())


def test_slots_of_two_people_fill_one_batch_and_each_has_the_bytes_that_it_has_alone(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    ask(checkpoint, seed=1, count=3)
    ask(checkpoint, seed=101, count=5, parameters={**SIDE, "grain": "0"})
    assert worker.run(owner="a") == 8
    [(seeds, slots)] = troubles.asked
    assert (sorted(seeds), slots) == ([1, 2, 3, 101, 102, 103, 104, 105], 8)
    alone = undisturbed(checkpoint, range(1, 4))
    assert {seed: stored()[seed] for seed in alone} == alone
    assert OutboxEvent.objects.filter(topic="piece.finished").count() == 8


def test_a_piece_says_where_it_was_made_how_long_it_took_and_what_that_cost(
    checkpoint: Checkpoint, troubles: Troubles, settings: Any
) -> None:
    settings.DEVICE_PRICE_PER_HOUR = Decimal("3600")
    ask(checkpoint, count=1)
    worker.run(owner="a")
    piece = Piece.objects.get()
    assert (piece.kind, piece.media_type, piece.width, piece.height) == ("picture", "image/png", 256, 256)
    assert (piece.profile["batch_slots"], piece.profile["threads"], piece.profile["device"]) == (8, 1, "cpu")
    assert piece.device_seconds is not None
    assert piece.device_seconds > 0
    assert (piece.cost, piece.cost_currency) == (piece.device_seconds, "EUR")
    assert 0 <= piece.scores["score"] <= 1
    with Image.open(io.BytesIO(storage.read("masters", piece.master_name))) as picture:
        assert picture.size == (256, 256)


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
    assert made in (1, 2), "the second may have been on its way into the store"
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


def test_weights_that_are_not_here_put_their_slots_off_and_hold_up_nobody_else(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    missing = factories.checkpoint(architecture=checkpoint.architecture)
    ask(missing, count=3)
    ask(checkpoint, seed=51, count=2)
    assert worker.run(owner="a") == 2
    put_off = Slot.objects.filter(job__checkpoint=missing)
    assert set(put_off.values_list("state", "error_code", "attempts")) == {("waiting", "weights_missing", 1)}
    assert all(slot.not_before is not None and slot.not_before > timezone.now() for slot in put_off)


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


def test_a_worker_that_serves_some_queues_leaves_the_others_alone(
    checkpoint: Checkpoint, troubles: Troubles, settings: Any
) -> None:
    ask(checkpoint, count=2)
    settings.WORKER_QUEUES = ["texts", "sculptures"]
    assert worker.run(owner="a") == 0
    assert states() == ["waiting", "waiting"]
    settings.WORKER_QUEUES = ["texts", "pictures"]
    assert worker.run(owner="a") == 2


def test_a_worker_ends_after_the_batch_in_which_its_time_passes(checkpoint: Checkpoint, troubles: Troubles) -> None:
    ask(checkpoint, count=9)
    assert worker.run(owner="a", at_most_seconds=0) == 0
    assert worker.run(owner="a", at_most_seconds=0.001) in (0, 8)


def test_accounts_are_served_in_turn_batch_by_batch(checkpoint: Checkpoint, troubles: Troubles) -> None:
    many = ask(checkpoint, seed=1, count=16)
    few = ask(checkpoint, seed=101, count=2, parameters={"width": 320, "height": 256})
    worker.run(owner="a")
    assert [seeds[0] for seeds, _ in troubles.asked] == [1, 101, 9]
    served = Account.objects.order_by("served_at").values_list("user_id", flat=True)
    assert list(served) == [few.requested_by_id, many.requested_by_id]


class TestEngines:
    """The engines in memory."""

    @pytest.fixture
    def three(self, checkpoint: Checkpoint, settings: Any) -> list[Checkpoint]:
        """The same tiny weights under three digests: the digest is what an engine is known by."""
        return [checkpoint, *(tiny_checkpoint(settings.CHECKPOINT_DIR, seed=seed) for seed in (2, 3))]

    def test_an_engine_is_loaded_once(self, three: list[Checkpoint], troubles: Troubles) -> None:
        kept = Engines()
        assert kept.get(three[0]) is kept.get(three[0])
        assert troubles.loaded == ["tiny-1"]

    def test_the_least_recently_used_leaves_when_the_budget_is_passed(
        self, three: list[Checkpoint], troubles: Troubles, settings: Any
    ) -> None:
        settings.MODEL_MEMORY_MB = 2
        troubles.memory_bytes = 900_000
        kept = Engines()
        for checkpoint in (three[0], three[1], three[0], three[2], three[0], three[1]):
            kept.get(checkpoint)
        assert troubles.loaded == ["tiny-1", "tiny-2", "tiny-3", "tiny-2"]
        assert len(kept) == 2

    def test_the_one_in_use_stays_however_large_it_is(
        self, three: list[Checkpoint], troubles: Troubles, settings: Any
    ) -> None:
        settings.MODEL_MEMORY_MB = 1
        troubles.memory_bytes = 2**30
        kept = Engines()
        kept.get(three[0])
        kept.get(three[1])
        assert len(kept) == 1

    def test_when_memory_runs_out_the_other_engines_leave_before_slots_are_fewer(
        self, three: list[Checkpoint], troubles: Troubles
    ) -> None:
        for checkpoint in three:
            ask(checkpoint, count=1)
        worker.run(owner="a")
        ask(three[2], seed=51, count=8)
        troubles.asked.clear()

        def once(_: int) -> None:
            if len(troubles.asked) == 1:
                raise MemoryError

        troubles.at_piece = once
        assert worker.run(owner="a") == 8
        assert [slots for _, slots in troubles.asked] == [8, 8]
        assert len(worker._engines()) == 1
