"""What lies behind a piece, however deep: models, training runs and input works. Reads only, one query for each kind.

Decides nothing. Lines are followed through recursive queries, so that a long line costs no more than a short one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model, prefetch_related_objects

from generation.models import Checkpoint, DatasetVersion, InputWork, Job, TrainingRun

__all__ = ["checkpoints", "datasets", "has_learnt", "runs", "unknown", "works"]

_UNKNOWN = "These weights were made elsewhere; how they were trained is known only as far as their card says."

_CHECKPOINTS = """
WITH RECURSIVE behind(id, depth) AS (
    SELECT id, 0 FROM generation_checkpoint WHERE id IN ({places})
    UNION
    SELECT link.to_checkpoint_id, behind.depth + 1
    FROM generation_checkpoint_components link JOIN behind ON link.from_checkpoint_id = behind.id
    WHERE behind.depth < 8
)
SELECT checkpoint.* FROM generation_checkpoint checkpoint
JOIN (SELECT id, MIN(depth) AS depth FROM behind GROUP BY id) seen ON checkpoint.id = seen.id
ORDER BY seen.depth, checkpoint.slug
"""
_RUNS = """
WITH RECURSIVE line(id, parent_id, depth) AS (
    SELECT id, parent_id, 0 FROM generation_trainingrun WHERE id IN ({places})
    UNION
    SELECT run.id, run.parent_id, line.depth + 1
    FROM generation_trainingrun run JOIN line ON run.id = line.parent_id WHERE line.depth < 64
)
SELECT run.* FROM generation_trainingrun run
JOIN (SELECT id, MIN(depth) AS depth FROM line GROUP BY id) seen ON run.id = seen.id
ORDER BY seen.depth, run.name
"""
_WORKS = """
WITH RECURSIVE used(work_id, piece_id, depth) AS (
    SELECT work.id, work.piece_id, 0
    FROM generation_jobinput input JOIN generation_inputwork work ON work.id = input.work_id
    WHERE input.job_id IN ({places})
    UNION
    SELECT work.id, work.piece_id, used.depth + 1
    FROM used
    JOIN generation_piece piece ON piece.id = used.piece_id
    JOIN generation_slot slot ON slot.id = piece.slot_id
    JOIN generation_jobinput input ON input.job_id = slot.job_id
    JOIN generation_inputwork work ON work.id = input.work_id
    WHERE used.depth < 1000
)
SELECT work.* FROM generation_inputwork work
JOIN (SELECT work_id, MIN(depth) AS depth FROM used GROUP BY work_id) seen ON work.id = seen.work_id
ORDER BY seen.depth, work.id
"""


def checkpoints(*roots: Checkpoint) -> tuple[Checkpoint, ...]:
    """These checkpoints and the checkpoints of all their steps, those first that were asked for."""
    return tuple(Checkpoint.objects.raw(*_filled(_CHECKPOINTS, roots)))


def datasets(runs: Sequence[TrainingRun]) -> tuple[DatasetVersion, ...]:
    """The dataset versions that these runs learned from, by name, with their datasets."""
    if not runs:
        return ()
    versions = DatasetVersion.objects.filter(training_runs__in=runs).select_related("dataset").distinct()
    return tuple(versions.order_by("dataset__slug", "version"))


def runs(behind: Sequence[Checkpoint]) -> tuple[TrainingRun, ...]:
    """The training runs of these checkpoints, and every run that they went on from; the youngest first."""
    first = [TrainingRun(pk=one.training_run_id) for one in behind if one.training_run_id is not None]
    return tuple(TrainingRun.objects.raw(*_filled(_RUNS, first))) if first else ()


def works(job: Job) -> tuple[InputWork, ...]:
    """The works that went into a job's pieces, and those that went into works which are pieces of ours, and so on."""
    found = tuple(InputWork.objects.raw(*_filled(_WORKS, [job])))
    prefetch_related_objects(found, "piece__checkpoint")
    return found


def has_learnt(checkpoint: Checkpoint) -> bool:
    """Whether it has weights from any training; a method, or a chain of others, has none of its own."""
    return not str(checkpoint.card.get("training", "")).startswith("none")


def unknown(behind: Iterable[Checkpoint]) -> tuple[str, ...]:
    """In words, what nobody recorded about the training of these checkpoints: what their cards say, or that."""
    sentences = []
    for one in behind:
        said = one.card.get("unknown") or one.card.get("training_unknown") or []
        words = [said] if isinstance(said, str) else [str(each) for each in said]
        if not words and one.training_run_id is None and has_learnt(one):
            words = [_UNKNOWN]
        sentences += [f"{one.slug}: {each}"[:2000] for each in words]
    return tuple(sentences[:64])


def _filled(sql: str, rows: Sequence[Model]) -> tuple[str, list[Any]]:
    keys = [type(row)._meta.pk.get_db_prep_value(row.pk, connection) for row in rows]
    return sql.format(places=", ".join(["%s"] * len(keys))), keys
