"""Training of the autoencoder is deterministic, resumes to the bit, learns, and hands over what the engine loads."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load

from generation.engines.parameters import spec_of
from generation.engines.vae import SoftFieldsEngine
from generation.training import loop, manifest, vae, vae_latents
from generation.training.config import ConfigError
from generation.training.pictures import Pictures
from generation.training.studio import TRAINING_SEEDS
from generation.training.vae_config import VaeConfig
from tests.generation.shipped import ROOT

SHIPPED = (ROOT / "generation" / "training" / "configs" / "soft-fields-1.toml").read_text(encoding="utf-8")
TINY = VaeConfig(
    name="tiny",
    version="1",
    trainer="vae",
    seed=3,
    dataset="small",
    threads=1,
    batch=4,
    steps=12,
    coarse_steps=6,
    held_out=20,
    learning_rate=0.004,
    decay_from=0.6,
    divergence=0.02,
    divergence_steps=4,
    slope=0.5,
    average_steps=10,
    latent=8,
    encoder_widths=(8, 8, 8, 8),
    widths=(8, 8, 8, 8),
    colours=3,
    metrics_every=4,
    state_every=5,
    samples_every=6,
    measure_every=4,
    patience=0,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    manifest.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start + 60_000, count=60)
    return folder


def _train(config: VaeConfig, dataset: Path, run_dir: Path, **options: Any) -> loop.Finished:
    return vae.train(config, dataset_dir=dataset, run_dir=run_dir, progress=lambda _: None, **options)


def test_an_interrupted_run_resumes_to_the_same_bits(small: Path, tmp_path: Path) -> None:
    whole = _train(TINY, small, tmp_path / "whole")
    asked = iter([False] * 6 + [True])
    with pytest.raises(loop.Interrupted, match="after step 7"):
        _train(TINY, small, tmp_path / "parts", stop=lambda: next(asked))
    resumed = _train(TINY, small, tmp_path / "parts")
    assert resumed.files == whole.files
    assert resumed.metrics == whole.metrics
    other = _train(dataclasses.replace(TINY, seed=4), small, tmp_path / "other")
    assert other.weights_digest != whole.weights_digest


def test_a_finished_run_hands_over_half_precision_weights_that_the_engine_loads(small: Path, tmp_path: Path) -> None:
    finished = _train(TINY, small, tmp_path / "run")
    assert (finished.engine, finished.kind, finished.steps) == ("vae", "picture", 12)
    assert {tensor.dtype for tensor in load(finished.files["weights.safetensors"]).values()} == {torch.float16}
    assert all((tmp_path / "run" / name).is_file() for name in finished.samples)
    for name, content in finished.files.items():
        (tmp_path / name).write_bytes(content)
    digest = hashlib.sha256(finished.files["weights.safetensors"]).hexdigest()
    engine = SoftFieldsEngine.load(tmp_path, weights_sha256=digest)
    spec = spec_of("vae", engine.network.arch.document())
    (made,) = engine.generate([spec.request(1, {"width": 256, "height": 300})])
    assert made.work.size == (256, 300)


def test_training_makes_reconstructions_better(small: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, steps=40, coarse_steps=40, measure_every=10, learning_rate=0.02)
    seen: list[dict[str, Any]] = []
    vae.train(config, dataset_dir=small, run_dir=tmp_path, progress=seen.append)
    scores = [line["score"] for line in seen if "score" in line]
    assert scores[-1] < 0.97 * scores[0]


def test_a_run_without_progress_ends_early(small: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, steps=100, learning_rate=1e-9, measure_every=2, patience=3)
    assert _train(config, small, tmp_path).steps < 100


def test_the_attributes_follow_what_is_seen() -> None:
    grey = np.full((1, 8, 8, 3), 0.4)
    checker = np.indices((8, 8)).sum(0)[None, ..., None] % 2 * np.ones(3)
    orange, light = grey * np.array([2.0, 1.2, 0.3]), grey + 0.3
    plain, warm, bright, busy = (vae_latents.attributes_of(picture)[0] for picture in (grey, orange, light, checker))
    assert bright[0] > plain[0]
    assert warm[1] > plain[1] + 0.05
    assert warm[2] > plain[2] + 0.05
    assert busy[3] > plain[3] + 0.2


def test_directions_move_their_own_attribute_and_no_other() -> None:
    random = np.random.default_rng(0)
    latent = random.standard_normal((4000, 12)) * np.linspace(0.5, 2, 12)
    mixing = random.standard_normal((12, 5))
    directions, explained = vae_latents._directions(latent, latent @ mixing)
    spread = (latent @ mixing).std(0)
    assert np.allclose(directions @ mixing / spread, np.eye(5), atol=0.05)
    assert (explained > 0.95).all()


def test_held_out_pictures_are_never_trained_on(small: Path) -> None:
    trainer = vae.VaeTrainer(TINY, Pictures(manifest.load(small)))
    for _ in range(3):
        trainer.advance()
    assert not trainer.pictures._drawn[trainer.trained_on :].any()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('trainer = "vae"', 'trainer = "gan"', "not vae"),
        ("coarse_steps = 1300", "coarse_steps = 9999", "coarse_steps"),
        ("threads = 1", "threads = 0", "threads"),
        ("seed = 20261125", "seed = -1", "seed"),
        ("slope = 0.5", "", "slope"),
        ("slope = 0.5", "slope = 0.5\nslopes = 1", "slopes"),
        ("widths = [112, 96, 64, 32]", "widths = [112]", "widths"),
        ("slope = 0.5", "slope = ", "cannot be read"),
        ("learning_rate = 0.002", "learning_rate = 2.0", "learning_rate"),
    ],
)
def test_an_impossible_configuration_is_refused(old: str, new: str, problem: str) -> None:
    assert vae.parse(SHIPPED).steps == 2000
    assert old in SHIPPED
    with pytest.raises(ConfigError, match=problem):
        vae.parse(SHIPPED.replace(old, new))


def test_a_dataset_must_have_more_than_what_is_held_out(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="held out"):
        _train(dataclasses.replace(TINY, held_out=60), small, tmp_path)
