"""From a frozen dataset to its calibrated index: what counts as near is what the dataset's own works hardly ever are.

Each of up to 3 000 works, chosen by chance, is held against all others as if it were new. A limit is passed by one work
in 500 or 1 000, so that four detectors together alarm less than once in a hundred fresh pictures of the same kind.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from generation.datasets.works import Works
from generation.evaluation.memorisation.description import Pixels
from generation.evaluation.memorisation.detectors import DETECTORS
from generation.evaluation.memorisation.index import Index, build

__all__ = ["ALARMS", "calibrated"]

# What `outline` sees holds all that `pdq-8` sees and more.
ALARMS = {"pdq-8": 1 / 1000, "outline": 1 / 500, "part": 1 / 500, "tiles": 1 / 500}
_MOST_HELD_OUT = 3_000

Progress = Callable[[str, int, int], None]


def calibrated(of: Works, progress: Progress = lambda _step, _done, _of: None) -> Index:
    """The index over these works with its limits. Raises ValueError for too few or too many of them."""

    def seen() -> Iterator[tuple[str, Pixels]]:
        for place, digest in enumerate(of.digests):
            progress("described", place + 1, len(of.digests))
            yield digest, of.see(place)

    index = build(seen())
    # By chance, since works often stand in a regular order; the same every time.
    places = np.random.default_rng(0).permutation(len(index))[:_MOST_HELD_OUT]
    rows = []
    for done, place in enumerate(places.tolist(), start=1):
        rows.append(_of_others(of.see(place), index, place))
        progress("held out", done, len(places))
    seen_of = dict(zip(DETECTORS, np.array(rows).T, strict=True))
    return replace(index, limits={name: _limit(seen_of[name], share) for name, share in ALARMS.items()})


def _limit(evidence: NDArray[np.float64], share: float) -> float:
    return round(float(np.quantile(evidence, 1 - share)), 4)


def _of_others(pixels: Pixels, index: Index, own: int) -> list[float]:
    """The most evidence of each detector for any work but this one itself."""
    found = []
    for detector in DETECTORS.values():
        evidence = detector(pixels, index)
        evidence[own] = -np.inf
        found.append(float(evidence.max()))
    return found
