"""Training against frozen features is deterministic, resumes to the bit, and each of its parts learns."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation.engines.palette_field import Architecture, PaletteField
from generation.training import loop, manifest, projected
from generation.training.config import ConfigError
from generation.training.pictures import Pictures
from generation.training.projected_config import ProjectedConfig
from generation.training.studio import TRAINING_SEEDS
from tests.generation.shipped import ROOT

SHIPPED = (ROOT / "generation" / "training" / "configs" / "palette-field-3.toml").read_text(encoding="utf-8")
TINY = dataclasses.replace(
    ProjectedConfig.parse(SHIPPED),
    device="cpu",
    batch=8,
    steps=9,
    grow_at=(3, 6),
    critic_ahead=1,
    rebuild_steps=2,
    rebuild_every=2,
    average_pictures=100,
    latent=16,
    style=16,
    widths=(16, 16, 8, 8, 8),
    colours=4,
    primitives=2,
    feature_steps=2,
    feature_widths=(8, 8, 16, 16),
    critic_widths=(8, 8, 8, 8),
    held_out=16,
    metrics_every=2,
    state_every=4,
    samples_every=5,
    measure_every=4,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    first = TRAINING_SEEDS.start + 60_000
    manifest.freeze(folder, name="small", version="1", first_seed=first, count=16, studio="2")
    return folder


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    with loop.settled(1):
        yield


def _train(config: ProjectedConfig, folder: Path, run_dir: Path, **options: Any) -> loop.Finished:
    return projected.train(config, dataset_dir=folder, run_dir=run_dir, progress=lambda _: None, **options)


def _metrics(run_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def _trainer(folder: Path, **changes: Any) -> projected.ProjectedTrainer:
    return projected.ProjectedTrainer(dataclasses.replace(TINY, **changes), Pictures(manifest.load(folder)))


def test_an_interrupted_run_resumes_to_the_same_bits_and_the_same_metrics(folder: Path, tmp_path: Path) -> None:
    whole = _train(TINY, folder, tmp_path / "whole")
    asked = iter([False] * 4 + [True])
    with pytest.raises(loop.Interrupted, match="after step 5"):
        _train(TINY, folder, tmp_path / "parts", stop=lambda: next(asked))
    resumed = _train(TINY, folder, tmp_path / "parts")
    assert resumed.weights_digest == whole.weights_digest
    assert resumed.files == whole.files
    last = [line for line in _metrics(tmp_path / "parts") if line["step"] > 5]
    assert last == [line for line in _metrics(tmp_path / "whole") if line["step"] > 5]
    assert {"score", "recognised", "critic", "generator", "named"} <= set(last[-1])


def test_what_is_handed_over_can_be_loaded_as_the_architecture_says(folder: Path, tmp_path: Path) -> None:
    done = _train(TINY, folder, tmp_path, until=1)
    arch = Architecture.parse(json.loads(done.files["architecture.json"]))
    assert arch == TINY.architecture(manifest.load(folder).families)
    assert arch.version == 2
    assert (done.engine, done.kind, done.details["families"]) == ("palette-field", "picture", list(arch.families))
    assert (tmp_path / "samples.png").exists()


def test_every_part_learns_in_its_time_and_the_features_stay_as_they_are(folder: Path) -> None:
    trainer = _trainer(folder, grow_at=(0, 0), steps=20)
    networks = {"generator": trainer.generator, "encoder": trainer.encoder, "critic": trainer.critic}
    trainer.advance()
    features = loop.weights_digest(trainer.features)
    before = {name: loop.weights_digest(network) for name, network in networks.items()}
    trainer.advance()
    after = {name: loop.weights_digest(network) for name, network in networks.items()}
    assert {name for name in networks if before[name] != after[name]} == {"generator", "encoder"}
    for _ in range(4):
        assert all(np.isfinite(list(trainer.advance().values())))
    assert loop.weights_digest(trainer.critic) != after["critic"]
    assert loop.weights_digest(trainer.features) == features


def test_the_generator_waits_while_the_critic_is_ahead(folder: Path) -> None:
    trainer = _trainer(folder, rebuild_steps=1, critic_ahead=2)
    trainer.advance()
    before = trainer.digest()
    trainer.advance()
    trainer.advance()
    assert trainer.digest() == before
    trainer.advance()
    assert trainer.digest() != before


def test_rebuilding_brings_the_pictures_nearer(folder: Path) -> None:
    trainer = _trainer(folder, rebuild_steps=100, feature_steps=5, steps=100)
    losses = [trainer.advance()["rebuilt"] for _ in range(40)]
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def test_the_backbone_grows_without_changing_the_picture() -> None:
    torch.manual_seed(2)
    network = PaletteField(TINY.architecture(("ridges", "ink")))
    style = network.style(torch.randn(2, TINY.latent), torch.tensor([0, 1]))
    noise = {side: torch.randn(2, 1, side, side) for side in (4, 8, 16, 32, 64)}.__getitem__
    small, large = (network.paint(style, *network.fields(style, noise, side=side), size=64) for side in (16, 64))
    assert torch.allclose(small, large, atol=0.05)


def test_another_precision_learns_too(folder: Path) -> None:
    trainer = _trainer(folder, precision="bf16")
    for _ in range(4):
        losses = trainer.advance()
    assert all(np.isfinite(list(losses.values())))
    assert all(tensor.dtype == torch.float32 for tensor in trainer.average.parameters())


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('trainer = "projected"', 'trainer = "vae"', "not projected"),
        ("batch = 64", "batch = 6", "batch is a multiple of four"),
        ("grow_at = [", "grow_at = [-1, ", "grow_at names two steps"),
        ('precision = "fp32"', 'precision = "fp8"', "precision is fp32 or bf16"),
        ('device = "cuda"', 'device = "abacus"', "device is cpu or cuda"),
        ("feature_widths = [24, 48, 96, 160]", "feature_widths = [24]", "widths name five levels"),
        ("learning_rate = 0.0025", "learning_rate = 2", "between 0 and 1"),
        ("seed = 20261126", "seed = -1", "seed is from 0"),
        ("batch = 64", "", "'batch'"),
        ("batch = 64", "batch = ", "cannot be read"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, what: str) -> None:
    assert old in SHIPPED
    with pytest.raises(ConfigError, match=what):
        ProjectedConfig.parse(SHIPPED.replace(old, new, 1))


def test_the_backbone_grows_at_its_steps_and_the_rate_falls_at_the_end() -> None:
    assert [TINY.side(step) for step in (0, 2, 3, 5, 6, 8)] == [16, 16, 32, 32, 64, 64]
    config = dataclasses.replace(TINY, steps=100, decay_from=0.5)
    assert config.ease(0) == config.ease(50) == 1
    assert config.ease(75) == pytest.approx(0.5)
    assert config.ease(100) == pytest.approx(0.05)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_run_for_a_gpu_says_so_where_there_is_none(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="wants a GPU"):
        _train(dataclasses.replace(TINY, device="cuda"), folder, tmp_path / "run")
    assert not (tmp_path / "run").exists()
