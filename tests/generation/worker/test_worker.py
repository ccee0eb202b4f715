"""A worker makes full batches, from the queues that it serves, and everybody has their turn."""

import io
from decimal import Decimal
from typing import Any

from PIL import Image

from common import storage
from common.models import OutboxEvent
from generation import worker
from generation.models import Account, Checkpoint, Piece, Slot
from tests import factories
from tests.generation.worker.making import SIDE, ask, states, stored, undisturbed
from tests.generation.worker.troubled import Troubles


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


def test_weights_that_are_not_here_put_their_slots_off_and_hold_up_nobody_else(
    checkpoint: Checkpoint, troubles: Troubles
) -> None:
    missing = factories.checkpoint(architecture=checkpoint.architecture)
    ask(missing, count=3)
    ask(checkpoint, seed=51, count=2)
    assert worker.run(owner="a") == 2
    put_off = Slot.objects.filter(job__checkpoint=missing)
    assert set(put_off.values_list("state", "error_code")) == {("waiting", "weights_missing")}
    assert not put_off.filter(not_before=None).exists()


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


def test_several_threads_may_store_and_the_pieces_are_the_same(
    checkpoint: Checkpoint, troubles: Troubles, settings: Any
) -> None:
    settings.STORING_THREADS = 3
    ask(checkpoint, count=8)
    assert worker.run(owner="a") == 8
    assert stored() == undisturbed(checkpoint, range(1, 9))
