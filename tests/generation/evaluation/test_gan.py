"""Figures for a card: real pictures stand beside every figure, copies are found, each family has its own figure."""

import json
from pathlib import Path

import pytest
import torch

from generation.engines.gan import PaletteFieldEngine
from generation.evaluation import features, gan, grids
from generation.training import manifest
from generation.training.pictures import Pictures, drawn
from generation.training.studio import EVALUATION_SEEDS
from tests.generation.shipped import CHECKPOINT, DATASET

COUNT = 20


@pytest.fixture(scope="module")
def training() -> Pictures:
    return Pictures(manifest.load(DATASET))


@pytest.fixture(scope="module")
def engine() -> PaletteFieldEngine:
    card = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))
    return PaletteFieldEngine.load(CHECKPOINT, weights_sha256=card["weights_sha256"])


def test_a_card_gets_a_figure_for_every_family_and_real_pictures_beside_each(
    engine: PaletteFieldEngine, training: Pictures
) -> None:
    network = gan.learn(training, trained_on=40, steps=10)
    figures = gan.measure(engine, training, network, count=COUNT, trained_on=40)
    for family in training.dataset.families:
        assert "%" in figures[f"recognised, {family} (fresh pictures)"]
    assert float(figures["KID on own features"]) < float(figures["KID, noise"])
    assert abs(float(figures["KID, real against real"])) < float(figures["KID, noise"])
    for name in ("precision", "recall", "density", "coverage"):
        assert "(" in figures[f"{name} (real against real)"]
    assert json.loads(json.dumps(figures)) == figures


def test_copies_of_training_pictures_are_found_and_fresh_pictures_are_not(training: Pictures) -> None:
    families = training.dataset.families
    searched = training.batch(torch.arange(40), 32)
    copies = training.batch(torch.arange(COUNT), 64)
    fresh = drawn(families, EVALUATION_SEEDS.start, 2 * COUNT, 64, studio="1")
    figures = gan._memorisation(copies, fresh[:COUNT], fresh[COUNT:], searched)
    suspect = next(value for name, value in figures.items() if name.startswith("nearer than"))
    assert suspect.startswith("100.0 %")
    assert not suspect.startswith("100.0 % (100.0 %)")


def test_fresh_pictures_are_those_of_the_evaluation_seeds_alone(training: Pictures) -> None:
    families = training.dataset.families
    one = drawn(families, EVALUATION_SEEDS.start, 12, 64, studio="1")
    assert one.shape == (12, 3, 64, 64)
    assert torch.equal(one, drawn(families, EVALUATION_SEEDS.start, 13, 64, studio="1")[:12])
    known = training.batch(torch.arange(12), 64)
    assert all(not torch.equal(mine, yours) for mine, yours in zip(one, known, strict=True))


def test_a_classifier_learns_is_the_same_every_time_and_is_kept_whole(training: Pictures, tmp_path: Path) -> None:
    pictures, labels = training.batch(torch.arange(40), 64), training.families[:40]
    network = features.train(pictures, labels, steps=60, seed=1)
    assert network.agreement(pictures, labels) > 0.6
    again = features.train(pictures, labels, steps=60, seed=1)
    assert torch.equal(network.features(pictures), again.features(pictures))
    network.save(tmp_path / "kept" / "network.safetensors")
    kept = features.FeatureNetwork.load(tmp_path / "kept" / "network.safetensors", 10)
    assert torch.equal(network.right(pictures, labels), kept.right(pictures, labels))
    assert torch.equal(network.features(pictures), kept.features(pictures))


def test_a_grid_shows_seeds_in_order_and_one_file_stands_for_each_family(
    engine: PaletteFieldEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "_ACROSS", 2)
    shown = grids.sheet(engine, "ink")
    assert shown.shape == (2 * 82, 2 * 82, 3)
    assert (shown[80:82] == 255).all()
    assert not (shown[:80, :80] == shown[:80, 82:162]).all()
    written = grids.write(engine, tmp_path)
    assert [path.name for path in written] == [f"{family}.jpg" for family in engine.network.arch.families]
    assert all(path.stat().st_size < 60_000 for path in written)
