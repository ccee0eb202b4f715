"""Training of the distance field is deterministic, resumes to the bit, learns, and hands over what the engine loads."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load

from generation.engines.sculpture import SculptureEngine
from generation.training import loop, sdf, sdf_samples
from generation.training.config import ConfigError
from generation.training.forms import FAMILIES, TRAINING_SEEDS, Recipe, field_of, frozen
from generation.training.sdf_config import SdfConfig
from generation.training.sdf_points import sample
from tests.generation.shipped import ROOT

SHIPPED = (ROOT / "generation" / "training" / "configs" / "forms-1.toml").read_text(encoding="utf-8")
TINY = SdfConfig(
    name="tiny",
    version="1",
    trainer="sdf",
    seed=3,
    dataset="small",
    threads=1,
    steps=10,
    forms=8,
    points=32,
    pool=256,
    held_out=64,
    learning_rate=0.003,
    code_rate=0.005,
    decay_from=0.5,
    code_penalty=0.0001,
    average_steps=10,
    latent=8,
    width=16,
    depth=4,
    reach=0.1,
    metrics_every=4,
    state_every=5,
    samples_every=0,
    measure_every=5,
    patience=0,
)


@pytest.fixture(autouse=True)
def _small_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdf_samples, "_PHOTOGRAPH", 24)
    monkeypatch.setattr(sdf_samples, "_CELLS", 16)
    monkeypatch.setattr(sdf_samples, "_SIDE", 16)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    frozen.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start + 60_000, count=2 * len(FAMILIES))
    return folder


def _train(config: SdfConfig, dataset: Path, run_dir: Path, **options: Any) -> loop.Finished:
    return sdf.train(config, dataset_dir=dataset, run_dir=run_dir, progress=lambda _: None, **options)


def test_an_interrupted_run_resumes_to_the_same_bits(small: Path, tmp_path: Path) -> None:
    whole = _train(TINY, small, tmp_path / "whole")
    asked = iter([False] * 6 + [True])
    with pytest.raises(loop.Interrupted, match="after step 7"):
        _train(TINY, small, tmp_path / "parts", stop=lambda: next(asked))
    resumed = _train(TINY, small, tmp_path / "parts")
    assert resumed.files == whole.files
    assert resumed.metrics == whole.metrics


def test_training_learns_and_hands_over_half_precision_weights_that_the_engine_loads(
    small: Path, tmp_path: Path
) -> None:
    seen: list[dict[str, Any]] = []
    config = dataclasses.replace(TINY, steps=120, forms=16, points=64, measure_every=30, depth=3)
    finished = sdf.train(config, dataset_dir=small, run_dir=tmp_path / "run", progress=seen.append)
    scores = [line["score"] for line in seen if "score" in line]
    assert scores[-1] < 0.8 * scores[0]
    assert (finished.engine, finished.kind, finished.steps) == ("sculpture", "sculpture", 120)
    assert {tensor.dtype for tensor in load(finished.files["weights.safetensors"]).values()} == {torch.float16}
    assert all((tmp_path / "run" / name).is_file() for name in finished.samples)
    for name, content in finished.files.items():
        (tmp_path / name).write_bytes(content)
    digest = hashlib.sha256(finished.files["weights.safetensors"]).hexdigest()
    engine = SculptureEngine.load(tmp_path, weights_sha256=digest)
    assert engine.network.arch.families == FAMILIES
    assert engine.network.codes.shape == (len(FAMILIES), 2, config.latent)


def test_points_lie_about_the_surface_and_their_distances_are_cut() -> None:
    recipe = Recipe("pierced", TRAINING_SEEDS.start, 0)
    points = sample(field_of(recipe), 1024, seed=5, reach=0.1)
    again = sample(field_of(recipe), 1024, seed=5, reach=0.1)
    assert np.array_equal(points, again)
    assert not np.array_equal(points, sample(field_of(recipe), 1024, seed=6, reach=0.1))
    assert np.abs(points[:, 3]).max() <= np.float32(0.1)
    assert np.median(np.abs(points[:, 3])) < 0.02
    assert 0.2 < (points[:, 3] < 0).mean() < 0.7


def test_distances_are_those_of_a_sphere() -> None:
    points = sample(lambda places: 3 * (np.linalg.norm(places, axis=1) - 0.5), 512, seed=1, reach=0.1)
    true = np.clip(np.linalg.norm(points[:, :3], axis=1) - 0.5, -0.1, 0.1)
    assert np.abs(points[:, 3] - true).max() < 1e-3


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('trainer = "sdf"', 'trainer = "vae"', "not sdf"),
        ("pool = 6144", "pool = 6143", "pool"),
        ("held_out = 256", "held_out = 6144", "held out"),
        ("depth = 5", "depth = 1", "depth"),
        ("seed = 20261125", "seed = 9223372036854775808", "seed"),
        ("reach = 0.1", "", "reach"),
        ("steps = 1400", "steps = 0", "steps"),
        ("code_rate = 0.004", "code_rate = -1.0", "code_rate"),
        ("reach = 0.1", "reach = ", "cannot be read"),
    ],
)
def test_an_impossible_configuration_is_refused(old: str, new: str, problem: str) -> None:
    assert sdf.parse(SHIPPED).steps == 1400
    assert old in SHIPPED
    with pytest.raises(ConfigError, match=problem):
        sdf.parse(SHIPPED.replace(old, new))


def test_a_dataset_must_have_enough_forms(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too few"):
        _train(dataclasses.replace(TINY, forms=99), small, tmp_path)
