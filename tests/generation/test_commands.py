"""`manage.py train` and `manage.py checkpoint` from the outside: what they print, leave behind and refuse."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from generation import checkpoints, datasets
from generation.engines import load
from generation.engines.parameters import spec_of
from generation.models import Checkpoint, DatasetVersion, TrainingRun
from generation.training import manifest
from generation.training.studio import TRAINING_SEEDS
from tests.generation.shipped import CHECKPOINT, DATASET, ROOT

pytestmark = pytest.mark.django_db

CONFIG = """
name = "tiny"
version = "1"
seed = 3
dataset = "small"
batch = 4
threads = 1
learning_rate = 0.004
decay_from = 0.7
penalty_every = 4
average_pictures = 100
latent = 16
style = 16
widths = [16, 16, 8, 8]
critic_widths = [16, 16, 8, 8]
colours = 4
primitives = 2
metrics_every = 2
state_every = 2
samples_every = 4
stages = [{ resolution = 16, steps = 3, penalty = 0.5 }, { resolution = 32, steps = 3, penalty = 0.1 }]

[card]
title = "Tiny"
"""


@pytest.fixture
def config(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    path = tmp_path / "tiny.toml"
    path.write_text(CONFIG, encoding="utf-8")
    manifest.freeze(tmp_path / "small", name="small", version="1", first_seed=TRAINING_SEEDS.start, count=10)
    return path


def _train(config: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("train", str(config), "--datasets", str(config.parent), *options, stdout=out)
    return out.getvalue()


def _run(name: str, *options: str) -> str:
    out = io.StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


def test_training_shows_progress_writes_the_folder_and_registers_a_checkpoint_that_paints(
    config: Path, tmp_path: Path
) -> None:
    shown = _train(config)
    assert "step 6, " in shown
    assert "samples-000004.png" in shown
    folder = tmp_path / "var" / "checkpoints" / "tiny-1"
    assert {path.name for path in folder.iterdir()} == {
        "architecture.json",
        "card.json",
        "card.md",
        "metrics.jsonl",
        "samples.png",
        "training-run.json",
        "weights.safetensors",
    }
    checkpoint = Checkpoint.objects.get(slug="tiny-1")
    assert checkpoint.training_run is not None
    assert checkpoint.training_run.dataset_versions.get() == DatasetVersion.objects.get()
    assert checkpoint.training_run.config["learning_rate"] == "0.004"
    engine = load(checkpoint.engine, folder, weights_sha256=checkpoint.weights_sha256)
    request = spec_of(checkpoint.engine, checkpoint.architecture).request(1, {"width": 256, "height": 300})
    assert next(engine.generate([request])).work.size == (256, 300)


def test_a_run_in_two_parts_registers_the_same_weights_as_a_whole_one(config: Path, tmp_path: Path) -> None:
    assert "Stopped after step 4 of 6" in _train(config, "--steps", "4")
    assert not Checkpoint.objects.exists()
    with pytest.raises(CommandError, match="--resume to carry on or --restart"):
        _train(config)
    _train(config, "--resume")
    first = Checkpoint.objects.get()
    shown = _train(config, "--restart", "--out", str(tmp_path / "again"))
    assert first.weights_sha256 in shown
    assert Checkpoint.objects.get() == first


def test_a_run_done_again_from_its_row_ends_in_the_same_weights(config: Path, tmp_path: Path) -> None:
    _train(config)
    config.unlink()
    place = ("--datasets", str(tmp_path))
    first = Checkpoint.objects.get()
    assert f"Equal after step 6: weights {first.weights_sha256}" in _run("train", "--again", "tiny-1", *place)
    assert "Equal after step 2: weights " in _run("train", "--again", "tiny-1", "--steps", "2", *place)
    assert (TrainingRun.objects.count(), Checkpoint.objects.get()) == (1, first)


def test_a_run_that_ends_elsewhere_says_so_and_what_was_different(config: Path, tmp_path: Path) -> None:
    _train(config)
    run = TrainingRun.objects.get()
    run.environment = {**run.environment, "config_toml": CONFIG.replace("seed = 3", "seed = 4"), "torch": "1.0"}
    run.save()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("train", "--again", "tiny-1", "--datasets", str(tmp_path), stdout=out)
    assert ended.value.code == 1
    assert "Surroundings differ: torch was 1.0" in out.getvalue()
    assert "Different after step 6" in out.getvalue()


def test_only_known_runs_on_their_own_data_are_done_again(config: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such training run"):
        _run("train", "--again", "tiny-1")
    with pytest.raises(CommandError, match="either a configuration or --again"):
        _run("train")
    _train(config)
    other = tmp_path / "other"
    manifest.freeze(other / "small", name="other", version="1", first_seed=TRAINING_SEEDS.start + 50, count=10)
    with pytest.raises(CommandError, match="roots differ"):
        _run("train", "--again", "tiny-1", "--datasets", str(other))


def test_nothing_is_begun_without_state_configuration_or_data(config: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no state in"):
        _train(config, "--resume")
    with pytest.raises(CommandError, match="No such file"):
        _train(tmp_path / "none.toml")
    config.write_text(CONFIG.replace("batch = 4", "batch = 5"), encoding="utf-8")
    with pytest.raises(CommandError, match="batch is a multiple of four"):
        _train(config)
    config.write_text(CONFIG.replace('"small"', '"large"'), encoding="utf-8")
    with pytest.raises(CommandError, match="no frozen dataset large"):
        _train(config)
    assert not (tmp_path / "var" / "runs").exists()


def test_a_terminated_training_saves_its_state_and_says_how_to_carry_on(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG.replace("steps = 3", "steps = 100000"), encoding="utf-8")
    command = [sys.executable, "manage.py", "train", str(config), "--datasets", str(tmp_path)]
    environment = {**os.environ, "VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True)
    metrics = tmp_path / "var" / "runs" / "tiny-1" / "metrics.jsonl"
    deadline = time.monotonic() + 180
    while not (metrics.exists() and metrics.read_text(encoding="utf-8")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, complaint = process.communicate(timeout=180)
    assert process.returncode == 1
    assert "run again to carry on" in complaint
    state = tmp_path / "var" / "runs" / "tiny-1" / "state.pt"
    assert state.stat().st_size > 10_000


def test_a_checkpoint_is_imported_with_its_data_verified_retired_and_published() -> None:
    shown = _run("checkpoint", "import", str(CHECKPOINT), "--dataset", str(DATASET))
    digest = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))["weights_sha256"]
    assert f"Registered palette-field-1, weights {digest}" in shown
    assert f"palette-field-1: as registered, {digest}" in _run("checkpoint", "verify")
    _run("checkpoint", "retire", "palette-field-1", "--reason", "for the test")
    assert Checkpoint.objects.get().state == "retired"
    with pytest.raises(CommandError, match="retired already"):
        _run("checkpoint", "retire", "palette-field-1", "--reason", "again")
    _run("checkpoint", "publish", "palette-field-1", "--reason", "for the test")
    assert Checkpoint.objects.get().state == "published"


def test_what_is_unknown_altered_or_refused_ends_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no checkpoint nobody"):
        _run("checkpoint", "verify", "nobody")
    with pytest.raises(CommandError, match=r"card\.json cannot be read"):
        _run("checkpoint", "import", str(tmp_path))
    datasets.install(DATASET)
    checkpoint = checkpoints.install(CHECKPOINT)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(weights_sha256="0" * 64)
    with pytest.raises(CommandError, match="Not as registered: palette-field-1"):
        _run("checkpoint", "verify")
