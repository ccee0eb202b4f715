"""Copies of training pictures that the detectors catch, and alarms on fresh pictures, for each dataset of pictures.

The limits were set on training pictures held out in turn; the fresh ones here were drawn from seeds that neither
training nor calibration has seen.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.conf import settings

from benchmarks.copies import COPIES, Pixels
from benchmarks.rows import Row, rate
from generation.evaluation.memorisation import index as indexes
from generation.evaluation.memorisation.nearest import nearest
from generation.training import manifest
from generation.training.studio import EVALUATION_SEEDS, Recipe, render

__all__ = ["measure"]

DATASETS = ("studio-1", "studio-2")
COPIED, FRESH = 200, 1_000
# Each row is "not less than": of copies, and of fresh pictures that are left alone.
CAUGHT, LEFT_ALONE = 95.0, 99.0


def measure() -> Iterator[Row]:
    for name in DATASETS:
        yield from _of(settings.DATASET_DIR / name)


def _of(folder: Path) -> Iterator[Row]:
    index = indexes.read(folder)
    assert index is not None, f"{folder} has no index"
    dataset = manifest.load(folder)
    chance = np.random.default_rng(2026)
    fresh = [_fresh(dataset, number) for number in range(FRESH)]
    for name, copy in COPIES.items():
        caught = 0
        for place in chance.choice(len(dataset.items), COPIED, replace=False).tolist():
            taken = copy(render(dataset.items[place].recipe(dataset.size)), fresh[chance.integers(FRESH)], chance)
            named = {one.item_sha256 for one in nearest(taken, index) if one.near}
            caught += dataset.items[place].sha256 in named
        yield Row(f"{folder.name}, copies named: {name}, %", 100 * caught / COPIED, "%", "the bar", CAUGHT)
    alone = sum(not any(one.near for one in nearest(pixels, index)) for pixels in fresh)
    yield Row(f"{folder.name}, fresh pictures left alone, %", 100 * alone / FRESH, "%", "the bar", LEFT_ALONE)
    pace = rate(lambda: nearest(fresh[0], index))
    yield Row(f"{folder.name}, pictures screened", pace, "/s", "one product with its index", _floor(index))


def _fresh(dataset: manifest.Dataset, number: int) -> Pixels:
    family = dataset.families[number % len(dataset.families)]
    return render(Recipe(family, EVALUATION_SEEDS.stop - 1 - number, number, dataset.size, dataset.studio))


def _floor(index: indexes.Index) -> float:
    """Reading every thumbnail of the index once."""
    one = index.looks[:1]
    return rate(lambda: index.looks @ one.T)
