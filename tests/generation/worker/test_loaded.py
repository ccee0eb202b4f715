"""Engines stay in memory while there is room; the least recently used leaves first."""

from typing import Any

import pytest

from generation import worker
from generation.loaded import Engines
from generation.models import Checkpoint
from tests.faults.workers import tiny_checkpoint
from tests.generation.worker.making import ask
from tests.generation.worker.troubled import Troubles


@pytest.fixture
def three(checkpoint: Checkpoint, settings: Any) -> list[Checkpoint]:
    """The same tiny weights under three digests: the digest is what an engine is known by."""
    return [checkpoint, *(tiny_checkpoint(settings.CHECKPOINT_DIR, seed=seed) for seed in (2, 3))]


def test_an_engine_is_loaded_once(three: list[Checkpoint], troubles: Troubles) -> None:
    kept = Engines()
    assert kept.get(three[0]) is kept.get(three[0])
    assert troubles.loaded == ["tiny-1"]


def test_the_least_recently_used_leaves_when_the_budget_is_passed(
    three: list[Checkpoint], troubles: Troubles, settings: Any
) -> None:
    settings.MODEL_MEMORY_MB = 2
    troubles.memory_bytes = 900_000
    kept = Engines()
    for checkpoint in (three[0], three[1], three[0], three[2], three[0], three[1]):
        kept.get(checkpoint)
    assert troubles.loaded == ["tiny-1", "tiny-2", "tiny-3", "tiny-2"]
    assert len(kept) == 2


def test_the_one_in_use_stays_however_large_it_is(three: list[Checkpoint], troubles: Troubles, settings: Any) -> None:
    settings.MODEL_MEMORY_MB = 1
    troubles.memory_bytes = 2**30
    kept = Engines()
    kept.get(three[0])
    kept.get(three[1])
    assert len(kept) == 1


def test_when_memory_runs_out_the_other_engines_leave_before_slots_are_fewer(
    three: list[Checkpoint], troubles: Troubles
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
