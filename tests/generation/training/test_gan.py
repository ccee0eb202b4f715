"""Training is deterministic, resumes to the bit, and learns; the shipped run begins as its metrics say."""

import dataclasses
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation.training import gan, manifest
from generation.training.config import GanConfig, Stage
from generation.training.pictures import Pictures, shrink
from generation.training.studio import TRAINING_SEEDS
from tests.generation.shipped import CHECKPOINT, DATASET

TINY = GanConfig(
    name="tiny",
    version="1",
    seed=3,
    dataset="small",
    stages=(Stage(16, 6, 0.5), Stage(32, 6, 0.2)),
    batch=8,
    threads=1,
    learning_rate=0.004,
    decay_from=0.7,
    penalty_every=4,
    average_pictures=100,
    latent=16,
    style=16,
    widths=(16, 16, 8, 8),
    critic_widths=(16, 16, 8, 8),
    colours=4,
    primitives=2,
    metrics_every=4,
    state_every=5,
    samples_every=6,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> manifest.Dataset:
    folder = tmp_path_factory.mktemp("small")
    return manifest.freeze(folder, name="small", version="1", first_seed=TRAINING_SEEDS.start + 50_000, count=20)


def _train(config: GanConfig, dataset: manifest.Dataset, run_dir: Path, **options: Any) -> gan.TrainedCheckpoint:
    return gan.train(config, dataset=dataset, run_dir=run_dir, progress=lambda _: None, **options)


def _metrics(run_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_interrupted_run_resumes_to_the_same_bits_and_the_same_metrics(
    small: manifest.Dataset, tmp_path: Path
) -> None:
    whole = _train(TINY, small, tmp_path / "whole")
    asked = iter([False] * 7 + [True])
    with pytest.raises(gan.Interrupted, match="after step 8"):
        _train(TINY, small, tmp_path / "parts", stop=lambda: next(asked))
    resumed = _train(TINY, small, tmp_path / "parts")
    assert resumed.generator_sha256 == whole.generator_sha256
    assert resumed.metrics["generator_sha256"] == whole.metrics["generator_sha256"]
    last = [line for line in _metrics(tmp_path / "parts") if line["step"] > 8]
    assert last == [line for line in _metrics(tmp_path / "whole") if line["step"] > 8]


def test_a_run_killed_between_states_repeats_the_lost_steps_and_keeps_each_line_once(
    small: manifest.Dataset, tmp_path: Path
) -> None:
    whole = _train(TINY, small, tmp_path / "whole")
    calls = iter(range(100))

    def die() -> bool:
        if next(calls) == 7:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _train(TINY, small, tmp_path / "killed", stop=die)
    assert _train(TINY, small, tmp_path / "killed").generator_sha256 == whole.generator_sha256
    assert _metrics(tmp_path / "killed") == _metrics(tmp_path / "whole")


def test_another_seed_ends_in_other_weights_and_a_state_is_not_mixed_with_another_configuration(
    small: manifest.Dataset, tmp_path: Path
) -> None:
    first = _train(TINY, small, tmp_path / "a", until=2)
    other = dataclasses.replace(TINY, seed=4)
    assert _train(other, small, tmp_path / "b", until=2).generator_sha256 != first.generator_sha256
    with pytest.raises(ValueError, match="another configuration"):
        _train(other, small, tmp_path / "a")


def test_the_callers_random_stream_and_threads_are_left_as_they_were(small: manifest.Dataset, tmp_path: Path) -> None:
    torch.manual_seed(11)
    expected = torch.rand(3, generator=torch.Generator().manual_seed(11))
    threads = torch.get_num_threads()
    _train(TINY, small, tmp_path, until=1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_critic_learns_to_tell_pictures_from_a_generator_that_stands_still(small: manifest.Dataset) -> None:
    trainer = gan.Trainer(dataclasses.replace(TINY, stages=(Stage(16, 60, 0.1),)), Pictures(small))
    trainer.generator_optimiser.step = lambda *_: None  # type: ignore[method-assign]
    losses = [trainer.advance()["critic"] for _ in range(60)]
    assert all(np.isfinite(losses))
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_all_weights_of_both_networks_move_and_stay_finite(small: manifest.Dataset) -> None:
    trainer = gan.Trainer(dataclasses.replace(TINY, stages=(Stage(32, 8, 0.1),)), Pictures(small))
    before = {name: tensor.clone() for name, tensor in trainer.generator.named_parameters()}
    for _ in range(8):
        assert all(np.isfinite(list(trainer.advance().values())))
    moved = {name for name, tensor in trainer.generator.named_parameters() if not torch.equal(tensor, before[name])}
    # Shading stops at 16 px: the last level's stays as it was drawn.
    still = {name for name in before if name.startswith("levels.3.shading")}
    assert moved == set(before) - still


def test_pictures_are_averaged_down_and_every_family_keeps_its_number(small: manifest.Dataset) -> None:
    held = Pictures(small)
    batch = held.batch(torch.tensor([0, 13]), 32)
    assert batch.shape == (2, 3, 32, 32)
    whole = manifest.draw(small.items[13], small.size)
    expected = whole.reshape(32, 4, 32, 4, 3).astype(float).mean((1, 3))
    assert np.abs((batch[1].permute(1, 2, 0).numpy() + 1) * 127.5 - expected).max() <= 0.51
    assert shrink(whole, 128).tobytes() == whole.tobytes()
    assert held.families[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_the_shipped_run_begins_as_its_metrics_say(tmp_path: Path) -> None:
    run = json.loads((CHECKPOINT / "training-run.json").read_text(encoding="utf-8"))
    recorded = _metrics(CHECKPOINT)[:4]
    config = GanConfig.parse(run["config_toml"])
    _train(config, manifest.load(DATASET), tmp_path, until=4)
    again = _metrics(tmp_path)
    assert [line["step"] for line in again] == [line["step"] for line in recorded] == [1, 2, 3, 4]
    here = {
        "machine": platform.machine(),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
    }
    if here.items() <= run["environment"].items():
        assert again == recorded
    for line, past in zip(again, recorded, strict=True):
        assert line["critic"] == pytest.approx(past["critic"], abs=0.02)
        assert line["generator"] == pytest.approx(past["generator"], abs=0.02)
