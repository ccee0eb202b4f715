"""What a made work is worth at a glance, by its kind: named scores, whose range and meaning stand in `words`.

Knows works, not engines or databases, and no network: a worker measures each piece with this while the next is made.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from generation.engines.base import Picture, Text, Work
from generation.evaluation import looks, novelty, pictures, texts, wording

__all__ = ["DESCRIPTOR", "compared", "measured", "quality", "scores"]

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
    return compared(measured(work), house=house, training=training)


def measured(work: Work) -> dict[str, Any]:
    """The scores of a work that is no text which need nothing but the work."""
    seen = work.pixels if isinstance(work, Picture) else work.still
    named: dict[str, Any] = {}
    if seen is not None:
        descriptor = novelty.as_text(novelty.descriptor(seen))
        named |= {**pictures.scores(seen), **looks.scores(seen), DESCRIPTOR: descriptor}
    if work.kind == "sculpture" and "stl" in work.companions:
        named |= _solid(work.companions["stl"].data)
    return named


def compared(
    named: Mapping[str, Any], *, house: Descriptors | None = None, training: Descriptors | None = None
) -> dict[str, Any]:
    """The same scores, with how new the work is against others, if it has a picture."""
    own = novelty.from_text(str(named.get(DESCRIPTOR, "")))
    against = {"novelty": house, "novelty_training": training}
    if own is None:
        return dict(named)
    return {**named, **{name: novelty.novelty(own, rows) for name, rows in against.items() if _any(rows)}}


def quality(named: Mapping[str, Any]) -> float | None:
    """One number from 0 to 1 for comparing checkpoints of one kind, or None where nothing was measured.

    For pictures the mean of `score`, `technical` and `composition`; for others their `score`.
    """
    parts = [named[name] for name in ("score", "technical", "composition") if isinstance(named.get(name), int | float)]
    if "printability" in named:
        parts = [named["score"]] if "score" in named else [named["printability"]]
    return round(sum(parts) / len(parts), 4) if parts else None


def _any(rows: Descriptors | None) -> TypeGuard[Descriptors]:
    return rows is not None and len(rows) > 0


def _solid(stl: bytes) -> dict[str, float]:
    # Meshes are measured where sculptures are made; nobody else needs the library for it.
    from generation.evaluation import meshes

    return {name: round(float(value), 4) for name, value in meshes.scores(meshes.read_stl(stl)).items()}
