"""The scores of a piece as it is stored: measured in the worker, against the house and against what it learnt from.

Novelty is against the newest pieces of the house, whose descriptors this process keeps: the first look reads them all,
each later one only what is new. Knows nothing of engines.
"""

import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from generation.engines.base import Made, Picture
from generation.evaluation import novelty, pieces, wording
from generation.models import Checkpoint, Piece
from generation.preparing import Prepared

__all__ = ["House", "scores"]

log = logging.getLogger(__name__)

# 64 bytes each: 3 MB and some five milliseconds for a comparison. What is older is no longer looked at.
NEWEST = 50_000


class House:
    """The descriptors of the house's newest pieces. One process keeps one; the rows are read once each."""

    def __init__(self, newest: int = NEWEST) -> None:
        self._newest = newest
        self._rows: NDArray[np.int8] = np.empty((0, novelty.LENGTH), np.int8)
        self._last: UUID | None = None

    def descriptors(self) -> NDArray[np.int8]:
        """Those of all pieces up to now, in one query: ids are in order of time, so the last one says what is new."""
        known = Piece.objects.filter(scores__has_key=pieces.DESCRIPTOR)
        fresh = known if self._last is None else known.filter(pk__gt=self._last)
        values = fresh.order_by("-pk").values_list("pk", f"scores__{pieces.DESCRIPTOR}")
        rows = list(values[: self._newest])
        if rows:
            self._last = rows[0][0]
            read = [one for _, text in reversed(rows) if (one := novelty.from_text(text)) is not None]
            self._rows = np.concatenate([self._rows, *[one[None] for one in read]])[-self._newest :]
        return self._rows


def scores(made: Made, checkpoint: Checkpoint, prepared: Prepared) -> dict[str, Any]:
    """The named scores of a made work. A piece is never lost over its scores: what fails is logged and left out."""
    if prepared.unscored:
        log.error("a piece of %s could not be scored: %s", checkpoint, prepared.unscored)
        return {}
    try:
        if made.work.kind == "text":
            facts = _facts(made.parameters.get("facts_met"))
            return pieces.scores(made.work, facts_met=facts, known=_wording_behind(checkpoint))
        named = pieces.compared(prepared.scores, house=_house().descriptors(), training=_training(checkpoint))
        return named | _prompt_fit(made)
    except Exception:
        log.exception("a piece of %s could not be scored", checkpoint)
        return {}


def _prompt_fit(made: Made) -> dict[str, float]:
    """Only for pictures made from words, and only where an operator put a model for it."""
    words = made.parameters.get("prompt")
    if not settings.PROMPT_FIT_DIR or not words or not isinstance(made.work, Picture):
        return {}
    from generation.evaluation.prompt_fit import judge

    return {"prompt_fit": judge(Path(settings.PROMPT_FIT_DIR)).score(made.work.pixels, str(words))}


def _facts(told: Any) -> Sequence[bool]:
    return [bool(met) for met in told] if isinstance(told, list | tuple) else []


def _training(checkpoint: Checkpoint) -> NDArray[np.int8] | None:
    """Descriptors of what it and its components learnt from, where they are shipped beside the dataset."""
    read = [
        rows for name in _datasets(checkpoint.pk) if (rows := _descriptors(settings.DATASET_DIR / name)) is not None
    ]
    return np.concatenate(read) if read else None


def _wording_behind(checkpoint: Checkpoint) -> wording.Known | None:
    """The wording of the texts behind it, where it is shipped beside the dataset."""
    read = [known for name in _datasets(checkpoint.pk) if (known := _wording(settings.DATASET_DIR / name)) is not None]
    return read[0] if read else None


@lru_cache(256)
def _datasets(checkpoint_id: UUID) -> tuple[str, ...]:
    """The folders of the datasets behind a checkpoint; rows of published checkpoints do not change."""
    checkpoint = Checkpoint.objects.select_related("training_run").get(pk=checkpoint_id)
    used = [checkpoint, *checkpoint.components.select_related("training_run")]
    runs = {one.training_run for one in used if one.training_run is not None}
    versions = {version for run in runs for version in run.dataset_versions.select_related("dataset")}
    return tuple(sorted(f"{version.dataset.slug}-{version.version}" for version in versions))


@lru_cache(16)
def _descriptors(folder: Path) -> NDArray[np.int8] | None:
    return novelty.read(folder)


@lru_cache(16)
def _wording(folder: Path) -> wording.Known | None:
    return wording.read(folder)


@cache
def _house() -> House:
    return House()
