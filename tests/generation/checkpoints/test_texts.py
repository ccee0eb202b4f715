"""Language models come into the registry by every door: trained here, as a folder from outside, behind a server."""

import json
from pathlib import Path

import pytest

from generation import checkpoints, datasets
from generation.engines import remote_folder
from generation.engines.parameters import spec_of
from tests.generation.shipped import ROOT
from tests.generation.texts import outside_model

pytestmark = pytest.mark.django_db


def _fill_in(folder: Path, **said: object) -> None:
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    plain = {
        "title": "A writer",
        "intended_use": "Copy that a person reads before it is used.",
        "limits": ["It makes things up."],
        "licence_spdx": "Apache-2.0",
        "commercial_output": True,
        "unknown": ["which texts it was trained on"],
    }
    path.write_text(json.dumps(card | plain | said), encoding="utf-8")


def test_the_shipped_english_model_is_registered_with_its_data_and_its_training_run() -> None:
    datasets.install(ROOT / "datasets" / "shakespeare-1")
    checkpoint = checkpoints.install(ROOT / "checkpoints" / "verse-en-1")
    assert (checkpoint.engine, checkpoint.kind) == ("gpt", "text")
    run = checkpoint.training_run
    assert run is not None
    assert run.trainer == "gpt"
    assert [version.dataset.slug for version in run.dataset_versions.all()] == ["shakespeare"]
    assert "max_tokens" in spec_of(checkpoint.engine, checkpoint.architecture).fields


@pytest.mark.slow
def test_the_shipped_verse_model_is_registered_with_every_poem_of_its_data() -> None:
    version = datasets.install(ROOT / "datasets" / "tang-poems-1")
    assert (version.item_count, version.licence_counts) == (55_014, {"MIT": 55_014})
    checkpoint = checkpoints.install(ROOT / "checkpoints" / "verse-zh-1")
    assert "acrostic" in spec_of(checkpoint.engine, checkpoint.architecture).fields


def test_a_folder_from_outside_gets_a_draft_card_and_is_registered_once_it_is_filled_in(tmp_path: Path) -> None:
    folder = outside_model(tmp_path / "writer")
    draft = checkpoints.write_draft(folder)
    assert (draft["engine"], draft["kind"]) == ("transformers", "text")
    with pytest.raises(checkpoints.CheckpointRefused):
        checkpoints.install(folder)
    _fill_in(folder, base_model="none", source="made by a test", training_data="none: random weights")
    checkpoint = checkpoints.install(folder)
    assert checkpoint.architecture["positions"] == 256


def test_a_server_is_registered_by_its_address_and_what_is_not_known_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    remote_folder.draft(folder, url="http://127.0.0.1:8000/v1", api="chat", model="m")
    with pytest.raises(checkpoints.CheckpointRefused):
        checkpoints.install(folder)
    _fill_in(folder)
    checkpoint = checkpoints.install(folder)
    assert (checkpoint.engine, checkpoint.kind) == ("remote", "text")
    assert spec_of("remote", checkpoint.architecture).queue == "texts"
