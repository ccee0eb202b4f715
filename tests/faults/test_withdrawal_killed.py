"""A withdrawal whose process is killed twice in the midst of a chunk goes on behind what it reached, and ends right."""

from pathlib import Path

import pytest

from benchmarks.withdrawal import carry_through
from benchmarks.withdrawn import faults, fill
from licensing.models import WithdrawnPiece
from tests.faults.workers import Workers
from tests.withdrawing import begun

PIECES = 10_000


@pytest.mark.slow
@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_twice_it_reaches_every_piece_once(tmp_path: Path) -> None:
    withdrawal = begun(item_sha256=fill(PIECES))
    carry_through(withdrawal, kills=2, environment=Workers(tmp_path).environment)
    assert faults(withdrawal, PIECES) == {}
    WithdrawnPiece.objects.last().delete()  # type: ignore[union-attr]
    assert set(faults(withdrawal, PIECES)) == {"pieces"}, "the control: what is missing is seen"
