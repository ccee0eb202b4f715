"""The methods that ship have cards that the registry takes, and folders in which nothing contradicts."""

from pathlib import Path

import pytest

from generation.checkpoints import cards, files
from generation.engines import method_folders
from generation.engines.method import METHOD
from generation.engines.parameters import spec_of
from tests.generation.shipped import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "checkpoints").glob(f"*/{METHOD}"))


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_a_methods_card_is_complete_and_true(folder: Path) -> None:
    card = cards.read(folder)
    assert card["slug"] == folder.name
    assert card["weights_sha256"] == files.weights_sha256(folder, card["weights_file"])
    architecture = files.architecture(folder, engine=card["engine"], weights_file=card["weights_file"])
    assert architecture == files.document(folder / METHOD)
    assert spec_of(card["engine"], architecture).kind == card["kind"]
    assert (folder / "card.md").read_text(encoding="utf-8") == method_folders.described(
        files.document(folder / "card.json")
    )
    for slug in card.get("components", []):
        assert (ROOT / "checkpoints" / slug / "card.json").is_file()


def test_six_methods_ship() -> None:
    assert [folder.name for folder in FOLDERS] == [
        "grain-1",
        "patch-style-1",
        "poster-1",
        "studio-painting-1",
        "upscale-1",
        "walk-1",
    ]
