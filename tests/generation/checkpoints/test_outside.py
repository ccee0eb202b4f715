"""A model from outside: a draft card with blanks, refused until a person has filled them, then registered and verified.

The folder holds no real weights: that such a folder makes pictures is shown beside its engine.
"""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from generation import checkpoints
from generation.models import Checkpoint

pytestmark = pytest.mark.django_db

FILLED: dict[str, Any] = {
    "title": "A model of somebody's",
    "intended_use": "Pictures from words.",
    "limits": ["Nobody here trained it."],
    "licence_spdx": "LicenseRef-OpenRAIL-M",
    "licence_url": "https://example.org/licence",
    "commercial_output": True,
    "base_model": "none",
    "source": "https://example.org/model",
    "training_data": "Pictures from the web, as its makers say.",
    "unknown": ["Which pictures it was trained on, and whether their makers agreed."],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Somebody's Model"
    for name, document in (
        ("model_index.json", {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}),
        ("unet/config.json", {"sample_size": 64}),
        ("vae/config.json", {"block_out_channels": [1, 2, 3, 4]}),
        ("scheduler/scheduler_config.json", {"_class_name": "PNDMScheduler"}),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"weights")
    return folder


def _fill(folder: Path, **changes: Any) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def _command(*options: str) -> str:
    out = io.StringIO()
    call_command("checkpoint", *options, stdout=out)
    return out.getvalue()


def test_a_draft_has_blanks_and_is_refused_until_they_are_filled(folder: Path) -> None:
    shown = _command("card", str(folder))
    assert "Fill in: title, intended_use, limits, licence_spdx" in shown
    with pytest.raises(CommandError) as refused:
        _command("import", str(folder))
    for name in FILLED:
        if name != "licence_url":
            assert name in str(refused.value)
    assert not Checkpoint.objects.exists()

    _fill(folder, **FILLED)
    _command("import", str(folder))
    checkpoint = Checkpoint.objects.get()
    assert (checkpoint.slug, checkpoint.engine, checkpoint.kind) == ("somebody-s-model", "diffusers", "picture")
    assert (checkpoint.licence_spdx, checkpoint.training_run) == ("LicenseRef-OpenRAIL-M", None)
    assert (checkpoint.architecture["size"], checkpoint.architecture["tasks"][0]) == (512, "text-to-image")
    assert checkpoint.card["unknown"] == FILLED["unknown"]
    assert "as registered" in _command("verify", checkpoint.slug)


@pytest.mark.parametrize("blank", [name for name in FILLED if name != "licence_url"])
def test_each_blank_alone_is_refused_by_name(folder: Path, blank: str) -> None:
    document = checkpoints.write_draft(folder)
    _fill(folder, **FILLED, **{})
    _fill(folder, **{blank: document[blank]})
    with pytest.raises(checkpoints.CheckpointRefused, match=blank) as refused:
        checkpoints.install(folder)
    assert refused.value.extra["missing"] == [blank]
    assert not Checkpoint.objects.exists()


def test_a_card_that_is_there_is_not_written_over(folder: Path) -> None:
    checkpoints.write_draft(folder)
    _fill(folder, title="Mine")
    with pytest.raises(checkpoints.CardTaken):
        checkpoints.write_draft(folder)
    assert json.loads((folder / "card.json").read_text(encoding="utf-8"))["title"] == "Mine"


@pytest.mark.parametrize("change", ["altered", "added", "taken"])
def test_any_change_in_the_folder_is_found(folder: Path, change: str) -> None:
    checkpoints.write_draft(folder)
    _fill(folder, **FILLED)
    checkpoint = checkpoints.install(folder)
    if change == "altered":
        (folder / "vae" / "config.json").write_text("{}", encoding="utf-8")
    elif change == "added":
        (folder / "loras").mkdir()
        (folder / "loras" / "x.safetensors").write_bytes(b"x")
    else:
        (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(checkpoints.WeightsAltered):
        checkpoints.verify(checkpoint)


def test_code_in_the_folder_and_folders_of_no_model_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "pipeline.py").write_text("print('hello')", encoding="utf-8")
    with pytest.raises(checkpoints.CheckpointRefused, match=r"pipeline\.py can run code") as refused:
        checkpoints.write_draft(folder)
    assert refused.value.extra["reason"] == "code_refused"
    assert not (folder / "card.json").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(checkpoints.CheckpointRefused, match="no model that an engine here reads"):
        checkpoints.write_draft(empty)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_pipeline_that_came_in_makes_pictures_and_is_measured(tmp_path: Path) -> None:
    from generation import benchmarking
    from tests.generation.engines import tiny_diffusion

    folder = tiny_diffusion.build(tmp_path / "tiny")
    _command("card", str(folder))
    _fill(folder, **FILLED, defaults={"steps": 2})
    checkpoint = checkpoints.install(folder)
    (row,) = benchmarking.measure(checkpoint, count=1)
    assert (row.label, row.pieces, row.setting["prompt"]) == ("32 × 32", 1, benchmarking.PROMPT)
    assert row.quality is not None


def test_an_engine_of_one_file_takes_no_folder(folder: Path) -> None:
    checkpoints.write_draft(folder)
    _fill(folder, **FILLED, engine="palette-field")
    with pytest.raises(checkpoints.CheckpointRefused, match="takes no model from outside"):
        checkpoints.install(folder)
    assert not Checkpoint.objects.exists()


COMMIT = "0" * 40


def test_nothing_is_fetched_unless_it_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="MODEL_HUB=1"):
        _command("fetch", "somebody/model", str(tmp_path / "new"), "--revision", COMMIT)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "revision"), [("model", COMMIT), ("../etc/model", COMMIT), ("somebody/model", "main"), ("a/b/c", COMMIT)]
)
def test_only_a_whole_name_at_a_whole_commit_is_fetched(
    settings: Any, tmp_path: Path, name: str, revision: str
) -> None:
    settings.MODEL_HUB = True
    with pytest.raises(CommandError, match="whole commit"):
        _command("fetch", name, str(tmp_path / "new"), "--revision", revision)
    assert not (tmp_path / "new").exists()


def test_a_hub_that_cannot_be_reached_leaves_no_folder(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from huggingface_hub import constants

    settings.MODEL_HUB = True
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(CommandError, match="could not be fetched"):
        _command("fetch", "somebody/model", str(tmp_path / "new"), "--revision", COMMIT)
    assert not (tmp_path / "new").exists()
