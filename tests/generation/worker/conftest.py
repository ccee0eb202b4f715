"""A tiny checkpoint with real weights, and an engine of it that fails where a test tells it to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generation import loaded, worker
from generation.models import Checkpoint
from tests.faults.workers import tiny_checkpoint
from tests.generation.worker.troubled import Troubles


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
