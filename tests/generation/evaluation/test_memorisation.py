"""The detectors of copies: what they name, what they leave alone, and indexes that cannot be trusted."""

import functools
from dataclasses import replace
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from benchmarks.copies import COPIES
from generation.datasets.works import Works, works
from generation.evaluation.memorisation import index as indexes
from generation.evaluation.memorisation.calibration import ALARMS, calibrated
from generation.evaluation.memorisation.description import Pixels
from generation.evaluation.memorisation.detectors import DETECTORS
from generation.evaluation.memorisation.nearest import Nearest, nearest
from generation.training import manifest
from generation.training.studio import EVALUATION_SEEDS, Recipe, render

DATASETS = ("studio-1", "studio-2")
FEW = 8


def _shipped(name: str) -> indexes.Index:
    found = indexes.read(settings.DATASET_DIR / name)
    assert found is not None
    return found


def _fresh(dataset: manifest.Dataset, number: int) -> Pixels:
    family = dataset.families[number % len(dataset.families)]
    return render(Recipe(family, EVALUATION_SEEDS.start + 400_000 + number, number, dataset.size, dataset.studio))


def _named(found: tuple[Nearest, ...]) -> set[str]:
    return {one.item_sha256 for one in found if one.near}


@functools.cache
def _small() -> Works:
    """The first training pictures of studio 2, of which none is described twice."""
    dataset = manifest.load(settings.DATASET_DIR / "studio-2")
    items = dataset.items[: indexes.FEWEST]
    return Works(
        [one.sha256 for one in items], functools.cache(lambda place: render(items[place].recipe(dataset.size)))
    )


@functools.cache
def _of_small() -> indexes.Index:
    return calibrated(_small())


@pytest.mark.parametrize("name", DATASETS)
def test_a_shipped_index_holds_every_item_of_its_dataset(name: str) -> None:
    index = _shipped(name)
    items = manifest.load(settings.DATASET_DIR / name).items
    assert [one.tobytes().hex() for one in index.items] == [one.sha256 for one in items]
    assert set(index.limits) == set(DETECTORS) == set(ALARMS)


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("copy", COPIES)
def test_copies_of_training_pictures_are_named(name: str, copy: str) -> None:
    index, dataset = _shipped(name), manifest.load(settings.DATASET_DIR / name)
    chance = np.random.default_rng(7)
    places = chance.choice(len(dataset.items), FEW, replace=False).tolist()
    named = 0
    for place in places:
        item = dataset.items[place]
        taken = COPIES[copy](render(item.recipe(dataset.size)), _fresh(dataset, place), chance)
        named += item.sha256 in _named(nearest(taken, index))
    assert named >= FEW - 1


@pytest.mark.parametrize("name", DATASETS)
def test_fresh_pictures_are_left_alone(name: str) -> None:
    index, dataset = _shipped(name), manifest.load(settings.DATASET_DIR / name)
    assert [_named(nearest(_fresh(dataset, number), index)) for number in range(2 * FEW)] == [set()] * 2 * FEW


def test_a_copy_is_named_at_any_size() -> None:
    original = _small().see(3)
    large = np.asarray(cv2.resize(original, (700, 500), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert {one.item_sha256 for one in nearest(large, _of_small())} == {_small().digests[3]}


def test_calibration_does_not_hold_a_work_against_itself() -> None:
    for place in range(0, indexes.FEWEST, 40):
        assert all(one.near for one in nearest(_small().see(place), _of_small()))


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    _of_small().write(tmp_path)
    read = indexes.read(tmp_path)
    assert read is not None
    assert read.limits == _of_small().limits
    assert nearest(_small().see(5), read) == nearest(_small().see(5), _of_small())


def test_no_index_no_limits_another_version_or_damage_is_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert indexes.read(tmp_path) is None
    replace(_of_small(), limits={}).write(tmp_path)
    assert indexes.read(tmp_path) is None
    _of_small().write(tmp_path)
    whole = (tmp_path / indexes.FILE).read_bytes()
    (tmp_path / indexes.FILE).write_bytes(whole[: len(whole) // 2])
    assert indexes.read(tmp_path) is None
    (tmp_path / indexes.FILE).write_bytes(whole)
    monkeypatch.setattr(indexes, "VERSION", indexes.VERSION + 1)
    assert indexes.read(tmp_path) is None


def test_too_few_works_make_no_index() -> None:
    few = Works(_small().digests[:20], _small().see)
    with pytest.raises(ValueError, match="200 to 100,000"):
        calibrated(few)


def test_the_command_refuses_texts_and_folders_without_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no pictures"):
        call_command("index_dataset", settings.DATASET_DIR / "tang-poems-1", stderr=StringIO())
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("index_dataset", tmp_path, stderr=StringIO())


def test_works_are_seen_as_their_digests_say() -> None:
    from generation.training.studio import picture_sha256

    seen = works(settings.DATASET_DIR / "studio-1")
    assert picture_sha256(seen.see(11)) == seen.digests[11]
