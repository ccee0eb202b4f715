"""What the rules look at, read once and in a fixed number of queries, however large the data. Decides nothing."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from generation.models import Checkpoint, DatasetVersion, Job, Piece, TrainingRun
from licensing.models import ProvenanceRecord

__all__ = ["Evidence", "gather"]

_LINE = """
WITH RECURSIVE line(id, parent_id, depth) AS (
    SELECT id, parent_id, 0 FROM generation_trainingrun WHERE id = %s
    UNION ALL
    SELECT run.id, run.parent_id, line.depth + 1
    FROM generation_trainingrun run JOIN line ON run.id = line.parent_id WHERE line.depth < 64
)
SELECT run.* FROM generation_trainingrun run JOIN line ON run.id = line.id ORDER BY line.depth
"""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A piece, what it was made with and from, and its record where there is one. `runs`: the youngest first."""

    piece: Piece
    runs: tuple[TrainingRun, ...]
    datasets: tuple[DatasetVersion, ...]
    record: dict[str, Any] | None

    @property
    def job(self) -> Job:
        return self.piece.slot.job

    @property
    def checkpoint(self) -> Checkpoint:
        return self.piece.checkpoint


def gather(piece: Piece) -> Evidence:
    """Everything that is known of `piece`, in at most four queries."""
    whole = Piece.objects.select_related("slot__job", "checkpoint").get(pk=piece.pk)
    runs = _line(whole.checkpoint)
    versions = DatasetVersion.objects.filter(training_runs__in=runs).select_related("dataset").distinct()
    record = ProvenanceRecord.objects.filter(piece=whole).order_by("-created_at", "-id").first()
    return Evidence(
        piece=whole,
        runs=runs,
        datasets=tuple(versions.order_by("dataset__slug", "version")) if runs else (),
        record=json.loads(record.body) if record else None,
    )


def _line(checkpoint: Checkpoint) -> tuple[TrainingRun, ...]:
    """The training run of a checkpoint and every run that it went on from."""
    if checkpoint.training_run_id is None:
        return ()
    key = TrainingRun._meta.pk.get_db_prep_value(checkpoint.training_run_id, connection)
    return tuple(TrainingRun.objects.raw(_LINE, [key]))
