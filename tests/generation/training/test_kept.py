"""Pictures that were frozen as files can be trained on: checked against their digests, brought to one size."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from generation import datasets
from generation.training import frozen, kept, pictures
from tests.generation.datasets.samples import asked, picture, text
from tests.generation.shipped import DATASET


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(("sea/one.png", "hill/two.jpg", "sea/three.webp")):
        picture(tmp_path / "in" / name, number)
    datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    return tmp_path / "out"


def test_labels_are_families_and_each_picture_is_its_middle_square(folder: Path, tmp_path: Path) -> None:
    read = pictures.read(folder)
    assert isinstance(read, kept.KeptDataset)
    assert read.families == ("hill", "sea")
    drawn = next(item for item in read.items if item.path.suffix == ".png").draw(128)
    with Image.open(tmp_path / "in" / "sea" / "one.png") as opened:
        middle = opened.crop((8, 0, 88, 80)).resize((128, 128), Image.Resampling.LANCZOS)
    assert drawn.shape == (128, 128, 3)
    assert np.abs(drawn.astype(int) - np.asarray(middle).astype(int)).max() <= 1
    assert pictures.Pictures(read).batch(torch.tensor([0, 2]), 64).shape == (2, 3, 64, 64)


def test_the_studios_own_pictures_are_still_drawn() -> None:
    assert not isinstance(pictures.read(DATASET), kept.KeptDataset)


def test_a_file_that_was_changed_or_is_gone_is_not_trained_on(folder: Path) -> None:
    item = kept.load(folder).items[0]
    picture(item.path, 9)
    with pytest.raises(kept.KeptError, match="not the picture that was frozen"):
        item.draw(64)
    item.path.unlink()
    with pytest.raises(kept.KeptError, match="lacks items/"):
        kept.load(folder)
    os.symlink("/etc/hostname", item.path)
    with pytest.raises(kept.KeptError, match="lacks items/"):
        kept.load(folder)


def test_a_manifest_cannot_point_elsewhere(tmp_path: Path) -> None:
    item = {"index": 0, "sha256": "0" * 64, "licence_spdx": "MIT", "rights_holder": "A", "consent_basis": "b"}
    items = [{**item, "source": "c", "file": "../../etc/passwd"}]
    frozen.write(tmp_path / "set", description={"name": "set", "version": 1, "kind": "picture"}, items=items)
    with pytest.raises(kept.KeptError, match="lacks"):
        kept.load(tmp_path / "set")


def test_texts_are_no_pictures(tmp_path: Path) -> None:
    text(tmp_path / "in" / "a.txt", "Some words.")
    datasets.freeze(tmp_path / "in", asked(), into=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "recipe.json").read_text(encoding="utf-8"))["kind"] == "text"
    with pytest.raises(kept.KeptError, match="keeps no pictures"):
        pictures.read(tmp_path / "out")
