"""What a made work is worth at a glance, by its kind: named scores, whose range and meaning stand in `words`.

Knows works, not engines or databases, and no network: a worker measures each piece with this while the next is made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generation.engines.base import Picture, Text, Work
from generation.evaluation import looks, novelty, pictures, texts, wording

__all__ = ["DESCRIPTOR", "quality", "scores"]

Descriptors = NDArray[np.int8]

# Kept among the scores, but no score: what later pieces are compared with.
DESCRIPTOR = "descriptor"


def scores(
    work: Work,
    *,
    facts_met: Sequence[bool] = (),
    house: Descriptors | None = None,
    training: Descriptors | None = None,
    known: wording.Known | None = None,
) -> dict[str, Any]:
    """The scores of a work; `house` and `training` are descriptors of what it shall be new against, where known.

    `known` is the wording of the texts that a text's model learnt from.
    """
    if isinstance(work, Text):
        share = None if known is None else wording.plausibility(work.text, known)
        return texts.scores(work.text, facts_met=facts_met) | ({} if share is None else {"plausibility": share})
    seen = work.pixels if isinstance(work, Picture) else work.still
    named: dict[str, Any] = {}
    if seen is not None:
        named |= _seen(seen, house, training)
    if work.kind == "sculpture" and "stl" in work.companions:
        named |= _solid(work.companions["stl"].data)
    return named


def quality(named: Mapping[str, Any]) -> float | None:
    """One number from 0 to 1 for comparing checkpoints of one kind, or None where nothing was measured.

    For pictures the mean of `score`, `technical` and `composition`; for others their `score`.
    """
    parts = [named[name] for name in ("score", "technical", "composition") if isinstance(named.get(name), int | float)]
    if "printability" in named:
        parts = [named["score"]] if "score" in named else [named["printability"]]
    return round(sum(parts) / len(parts), 4) if parts else None


def _seen(pixels: NDArray[np.uint8], house: Descriptors | None, training: Descriptors | None) -> dict[str, Any]:
    own = novelty.descriptor(pixels)
    named: dict[str, Any] = {**pictures.scores(pixels), **looks.scores(pixels), DESCRIPTOR: novelty.as_text(own)}
    if house is not None and len(house):
        named["novelty"] = novelty.novelty(own, house)
    if training is not None and len(training):
        named["novelty_training"] = novelty.novelty(own, training)
    return named


def _solid(stl: bytes) -> dict[str, float]:
    # Meshes are measured where sculptures are made; nobody else needs the library for it.
    from generation.evaluation import meshes

    return {name: round(float(value), 4) for name, value in meshes.scores(meshes.read_stl(stl)).items()}
