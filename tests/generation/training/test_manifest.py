"""The shipped dataset is what its root says, and a changed one is refused."""

import gzip
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import rfc8785

from common import merkle
from generation.training import manifest
from generation.training.studio import FAMILIES, FAMILIES_OF, TRAINING_SEEDS, Recipe
from tests.generation.shipped import DATASET, DATASET_2

ROOT = "68595619b834d9b8f5931bdcf0ef4c8b10ac15a4b6b55d47c06ae755b534b35c"


@pytest.fixture(scope="module")
def shipped() -> manifest.Dataset:
    return manifest.load(DATASET)


def _documents(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress((folder / manifest.MANIFEST).read_bytes()).splitlines()]


def _rewrite(folder: Path, documents: list[dict[str, object]]) -> None:
    lines = b"".join(rfc8785.dumps(document) + b"\n" for document in documents)  # type: ignore[arg-type]
    (folder / manifest.MANIFEST).write_bytes(gzip.compress(lines))


def test_the_merkle_root_follows_from_the_lines_of_the_manifest(shipped: manifest.Dataset) -> None:
    documents = sorted(_documents(DATASET), key=lambda document: str(document["sha256"]))
    leaves = [merkle.leaf_hash(rfc8785.dumps(document)) for document in documents]  # type: ignore[arg-type]
    assert merkle.root(leaves).hex() == ROOT
    assert shipped.merkle_root == ROOT
    assert ROOT in (DATASET / "README.md").read_text(encoding="utf-8")


def test_the_families_have_equal_shares_and_every_item_is_its_own(shipped: manifest.Dataset) -> None:
    assert Counter(item.family for item in shipped.items) == dict.fromkeys(FAMILIES, 640)
    assert len({item.sha256 for item in shipped.items}) == 6400
    assert all(item.seed in TRAINING_SEEDS for item in shipped.items)


def test_items_of_each_family_are_drawn_again_to_the_byte(shipped: manifest.Dataset) -> None:
    for item in [*shipped.items[:10], *shipped.items[3333:3343]]:
        assert manifest.draw(item, shipped.size).shape == (128, 128, 3)
        assert Recipe(item.family, item.seed, item.index).sha256 == item.recipe_sha256


def test_the_second_dataset_is_what_its_readme_says() -> None:
    second = manifest.load(DATASET_2)
    assert second.studio == "2"
    assert Counter(item.family for item in second.items) == dict.fromkeys(FAMILIES_OF["2"], 1000)
    assert second.merkle_root in (DATASET_2 / "README.md").read_text(encoding="utf-8")
    for item in second.items[4000:4008]:
        assert manifest.draw(item, second.size).shape == (128, 128, 3)


def test_an_item_whose_digest_is_another_is_not_drawn(shipped: manifest.Dataset) -> None:
    other = manifest.Item(**{**vars(shipped.items[0]), "sha256": shipped.items[1].sha256})
    with pytest.raises(manifest.ManifestError, match="not the picture that was frozen"):
        manifest.draw(other, shipped.size)


def test_a_manifest_with_a_changed_missing_or_relicensed_item_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DATASET, tmp_path, dirs_exist_ok=True)
    documents = _documents(DATASET)
    changed = [{**documents[0], "sha256": "0" * 64}, *documents[1:]]
    relicensed = [{**documents[0], "licence_spdx": "CC-BY-4.0"}, *documents[1:]]
    for bad, what in ((changed, "Merkle root"), (documents[1:], "Merkle root"), (relicensed, "origin or licence")):
        _rewrite(tmp_path, bad)
        with pytest.raises(manifest.ManifestError, match=what):
            manifest.load(tmp_path)


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(manifest.ManifestError, match="cannot be read"):
        manifest.load(tmp_path)
    (tmp_path / manifest.RECIPE).write_text("{}", encoding="utf-8")
    (tmp_path / manifest.MANIFEST).write_bytes(b"not gzip")
    with pytest.raises(manifest.ManifestError, match="cannot be read"):
        manifest.load(tmp_path)


def test_freezing_again_gives_the_same_items(tmp_path: Path, shipped: manifest.Dataset) -> None:
    frozen = manifest.freeze(tmp_path, name="small", version="3", first_seed=TRAINING_SEEDS.start, count=20)
    assert frozen.items == shipped.items[:20]
    assert manifest.load(tmp_path) == frozen


def test_a_studio_that_there_is_not_freezes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no studio of version '9'"):
        manifest.freeze(tmp_path, name="small", version="1", first_seed=1_000_000, count=1, studio="9")
    assert list(tmp_path.iterdir()) == []


def test_evaluation_seeds_cannot_be_frozen_for_training(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="seeds 1000000 to 1999999"):
        manifest.freeze(tmp_path, name="small", version="1", first_seed=9_000_000, count=1)
    assert list(tmp_path.iterdir()) == []
