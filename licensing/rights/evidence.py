"""What the rules look at, read once and in a fixed number of queries, however large the data. Decides nothing."""

import json
from dataclasses import dataclass
from typing import Any

from common import storage
from generation.models import Checkpoint, DatasetVersion, InputWork, Job, Piece, TrainingRun
from licensing.models import ProvenanceRecord
from licensing.provenance import lineage
from licensing.rights import twins
from licensing.rights.twins import Twin

_MOST_TEXT = 200_000

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A piece, all that it was made with and from, and its record where there is one. `runs`: the youngest first.

    `text`: the beginning of what a piece of that kind says, empty for all others.

    `checkpoints`: its own first, then those of its steps and of the pieces that went in. `works`: what went in, and
    what went into that. `twins`: pieces that look nearly the same, None where it cannot be compared.
    """

    piece: Piece
    checkpoints: tuple[Checkpoint, ...]
    works: tuple[InputWork, ...]
    runs: tuple[TrainingRun, ...]
    datasets: tuple[DatasetVersion, ...]
    record: dict[str, Any] | None
    twins: tuple[Twin, ...] | None
    text: str

    @property
    def job(self) -> Job:
        return self.piece.slot.job

    @property
    def checkpoint(self) -> Checkpoint:
        return self.piece.checkpoint

    @property
    def words(self) -> str:
        """What was asked for, and what was written."""
        return "\n".join(part for part in (self.job.prompt.strip(), self.text.strip()) if part)

    @property
    def untold(self) -> tuple[Checkpoint, ...]:
        """Those that have learnt from something of which there is no record here."""
        return tuple(one for one in self.checkpoints if one.training_run_id is None and lineage.has_learnt(one))

    @property
    def nothing_learnt(self) -> bool:
        """Whether it was made by methods alone, without weights from any training."""
        return not any(lineage.has_learnt(one) for one in self.checkpoints)


def gather(piece: Piece) -> Evidence:
    """Everything that is known of `piece`, in at most eleven queries."""
    whole = Piece.objects.select_related("slot__job", "checkpoint").get(pk=piece.pk)
    works = lineage.works(whole.slot.job)
    put_in = {work.piece.checkpoint_id: work.piece.checkpoint for work in works if work.piece is not None}
    behind = lineage.checkpoints(whole.checkpoint, *put_in.values())
    # Its own first, whatever their slugs are.
    behind = tuple(sorted(behind, key=lambda one: one.pk != whole.checkpoint_id))
    runs = lineage.runs(behind)
    record = ProvenanceRecord.objects.filter(piece=whole).order_by("-created_at", "-id").first()
    return Evidence(
        piece=whole,
        checkpoints=behind,
        works=works,
        runs=runs,
        datasets=lineage.datasets(runs),
        record=json.loads(record.body) if record else None,
        twins=twins.of(whole),
        text=_text(whole),
    )


def _text(piece: Piece) -> str:
    if piece.kind != "text":
        return ""
    return storage.read("masters", piece.master_name)[:_MOST_TEXT].decode("utf-8", "replace")
