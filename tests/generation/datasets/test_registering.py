"""A frozen dataset is taken in whole, once, and only if its items lead to its Merkle root."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
import rfc8785
from django.db import IntegrityError

from common import audit, merkle
from generation import datasets
from generation.models import Dataset, DatasetItem, DatasetVersion
from generation.training import manifest
from generation.training.studio import TRAINING_SEEDS
from tests.generation.shipped import DATASET

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    manifest.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start, count=10)
    return folder


def test_the_shipped_dataset_is_taken_in_with_every_item() -> None:
    version = datasets.install(DATASET)
    assert (version.dataset.slug, version.version, version.item_count) == ("studio", 1, 6400)
    assert version.merkle_root == "68595619b834d9b8f5931bdcf0ef4c8b10ac15a4b6b55d47c06ae755b534b35c"
    assert version.licence_counts == {"CC0-1.0": 6400}
    assert version.items.count() == 6400
    item = version.items.get(index=3)
    recipe = item.recipe or {}
    assert (recipe["family"], recipe["seed"], item.licence_spdx) == ("ink", "1000003", "CC0-1.0")
    assert [line.action for line in audit.history(version)] == ["dataset.installed"]


def test_the_root_can_be_recomputed_from_the_rows(small: Path) -> None:
    version = datasets.install(small)
    leaves = []
    for item in version.items.order_by("sha256"):
        kept = ("index", "sha256", "licence_spdx", "rights_holder", "consent_basis", "source")
        document = {name: getattr(item, name) for name in kept} | (item.recipe or {})
        leaves.append(merkle.leaf_hash(rfc8785.dumps(document)))
    assert merkle.root(leaves).hex() == version.merkle_root


def test_taking_it_in_again_changes_nothing(small: Path) -> None:
    first = datasets.install(small)
    assert datasets.install(small).pk == first.pk
    assert (Dataset.objects.count(), DatasetVersion.objects.count(), DatasetItem.objects.count()) == (1, 1, 10)


def test_a_known_version_with_another_root_is_a_conflict(small: Path, tmp_path: Path) -> None:
    first = datasets.install(small)
    manifest.freeze(tmp_path / "other", name="small", version="1", first_seed=TRAINING_SEEDS.start + 1, count=10)
    with pytest.raises(datasets.DatasetDiffers) as refused:
        datasets.install(tmp_path / "other")
    assert (refused.value.status, refused.value.code) == (409, "dataset_differs")
    assert DatasetVersion.objects.get().merkle_root == first.merkle_root


def test_a_dataset_that_does_not_agree_with_itself_is_refused_and_nothing_is_written(small: Path) -> None:
    lines = gzip.decompress((small / manifest.MANIFEST).read_bytes()).splitlines()
    (small / manifest.MANIFEST).write_bytes(gzip.compress(b"\n".join(lines[1:]) + b"\n"))
    with pytest.raises(datasets.DatasetRefused, match="Merkle root") as refused:
        datasets.install(small)
    assert (refused.value.status, refused.value.code) == (422, "dataset_refused")
    assert not Dataset.objects.exists()


def test_a_version_that_is_no_number_is_refused(small: Path) -> None:
    description = json.loads((small / manifest.RECIPE).read_text(encoding="utf-8")) | {"version": "first"}
    (small / manifest.RECIPE).write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(datasets.DatasetRefused):
        datasets.install(small)


def test_a_recipe_is_frozen_and_taken_in_at_once_and_its_items_never_change(tmp_path: Path) -> None:
    version = datasets.freeze_recipe(
        folder=tmp_path / "new", name="new", version=2, first_seed=TRAINING_SEEDS.start + 70, count=12
    )
    assert (version.version, version.items.count()) == (2, 12)
    with pytest.raises(IntegrityError):
        version.items.update(licence_spdx="MIT")


def test_evaluation_seeds_are_refused_for_training(tmp_path: Path) -> None:
    with pytest.raises(datasets.DatasetRefused, match="seeds 1000000"):
        datasets.freeze_recipe(folder=tmp_path / "new", name="new", version=1, first_seed=9_000_000, count=1)
    assert not Dataset.objects.exists()
    shutil.rmtree(tmp_path)
