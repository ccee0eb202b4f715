"""The shipped forms are what their root says, each is one body within its cube, and a changed one is refused."""

import gzip
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rfc8785
import trimesh
from skimage.measure import marching_cubes

from common import merkle
from generation.training.forms import EVALUATION_SEEDS, FAMILIES, TRAINING_SEEDS, Recipe, field_of, field_sha256, frozen
from generation.training.forms.solids import distance, join
from generation.training.manifest import MANIFEST, ManifestError
from tests.generation.shipped import FORMS_DATASET

ROOT = "ee48556923288b1a204b6ae5ee6a2a68a468dbb6f9fbfed9ac7ac183d89c3366"


def _documents(folder: Path) -> list[dict[str, str | int]]:
    return [json.loads(line) for line in gzip.decompress((folder / MANIFEST).read_bytes()).splitlines()]


def test_the_merkle_root_follows_from_the_lines_of_the_manifest() -> None:
    documents = sorted(_documents(FORMS_DATASET), key=lambda document: str(document["sha256"]))
    leaves = [merkle.leaf_hash(rfc8785.dumps(document)) for document in documents]
    assert merkle.root(leaves).hex() == ROOT == frozen.load(FORMS_DATASET).merkle_root
    assert ROOT in (FORMS_DATASET / "README.md").read_text(encoding="utf-8")


def test_the_families_have_equal_shares_and_every_item_is_its_own() -> None:
    items = frozen.load(FORMS_DATASET).items
    assert Counter(item.family for item in items) == dict.fromkeys(FAMILIES, 80)
    assert len({item.sha256 for item in items}) == 640
    assert all(item.seed in TRAINING_SEEDS and item.seed not in EVALUATION_SEEDS for item in items)
    assert {item.document()["licence_spdx"] for item in items} == {"CC0-1.0"}


def test_items_of_each_family_are_had_again() -> None:
    for item in frozen.load(FORMS_DATASET).items[80:96]:
        frozen.form_of(item)
        assert Recipe(item.family, item.seed, item.index).sha256 == item.recipe_sha256


@pytest.mark.parametrize("change", [{"licence_spdx": "CC-BY-4.0"}, {"seed": "1"}, {"rights_holder": "Somebody"}])
def test_a_changed_item_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    shutil.copytree(FORMS_DATASET, tmp_path, dirs_exist_ok=True)
    documents = _documents(tmp_path)
    documents[3] |= change
    lines = b"".join(rfc8785.dumps(document) + b"\n" for document in documents)
    (tmp_path / MANIFEST).write_bytes(gzip.compress(lines))
    with pytest.raises(ManifestError):
        frozen.load(tmp_path)


def test_a_form_that_is_another_than_the_frozen_one_is_refused() -> None:
    item = frozen.load(FORMS_DATASET).items[0]
    other = frozen.FormItem(item.index, item.family, item.seed, "0" * 64, item.recipe_sha256)
    with pytest.raises(ManifestError, match="not the form"):
        frozen.form_of(other)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_one_body_within_its_cube_and_another_with_each_seed(family: str) -> None:
    axis = np.linspace(-1.1, 1.1, 40)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    fields = [field_of(Recipe(family, EVALUATION_SEEDS.start + seed, 0)) for seed in range(3)]
    for field in fields:
        values = field(points).reshape(40, 40, 40)
        vertices, faces, _, _ = marching_cubes(values, 0.0)
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        largest = max(abs(part.volume) for part in mesh.split(only_watertight=False))
        assert mesh.is_watertight
        assert largest > 0.97 * abs(mesh.volume)
    assert len({field_sha256(field) for field in fields}) == 3


def test_a_recipe_is_checked() -> None:
    with pytest.raises(ValueError, match="no family"):
        Recipe("teapot", 1, 0)
    with pytest.raises(ValueError, match="not negative"):
        Recipe("knot", -1, 0)
    with pytest.raises(ValueError, match="seeds"):
        frozen.freeze(Path("nowhere"), name="x", version="1", first_seed=EVALUATION_SEEDS.start, count=2)


def test_joining_fills_the_corner_and_distances_are_to_first_order() -> None:
    one, other = np.array([0.1, 1.0]), np.array([0.1, 0.2])
    joined = join(one, other, 0.1)
    assert joined[0] < 0.1
    assert joined[1] == pytest.approx(0.2)
    away, outward = distance(lambda points: 2 * points[:, 1] - 1, np.array([[0.0, 0.7, 0.0]]))
    assert away[0] == pytest.approx(0.2)
    assert np.allclose(outward, [[0, 1, 0]], atol=1e-5)
