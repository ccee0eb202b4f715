"""The watermark of texts is found by the vocabularies of the house, in either script, and not where there is none."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generation import engines, marked_texts
from generation.engines.parameters import spec_of
from tests import factories
from tests.generation.shipped import ROOT

pytestmark = pytest.mark.django_db

SHIPPED = ROOT / "checkpoints"
ARCHITECTURE = json.loads((SHIPPED / "verse-zh-1" / "architecture.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def poems() -> dict[str, list[str]]:
    """Eight octaves each: with the mark, without, and with it in simplified characters."""
    card = json.loads((SHIPPED / "verse-zh-1" / "card.json").read_text("utf-8"))
    engine = engines.load("gpt", SHIPPED / "verse-zh-1", weights_sha256=card["weights_sha256"])
    spec = spec_of("gpt", ARCHITECTURE)

    def written(**asked: Any) -> list[str]:
        requests = [spec.request(seed, {"form": "seven-octave", **asked}) for seed in range(8)]
        made: Iterator[Any] = engine.generate(requests)
        return [one.work.encode().decode() for one in made]

    return {
        "marked": written(watermark=True),
        "simplified": written(watermark=True, script="simplified"),
        "unmarked": written(watermark=False),
    }


def register(folder: str = "verse-zh-1", architecture: dict[str, Any] | None = None) -> str:
    known = ARCHITECTURE if architecture is None else architecture
    made = factories.checkpoint(engine="gpt", kind="text", folder=folder, architecture=known)
    return str(made.slug)


def test_marked_poems_are_found_and_unmarked_ones_are_not(settings: Any, poems: dict[str, list[str]]) -> None:
    settings.CHECKPOINT_DIR = SHIPPED
    slug = register()
    found = {kind: [marked_texts.find(text) for text in texts] for kind, texts in poems.items()}

    assert [one for one in found["unmarked"] if one] == []
    assert sum(one is not None for one in found["marked"]) >= 7
    assert sum(one is not None for one in found["simplified"]) >= 6
    seen = next(one for one in found["marked"] if one)
    assert seen.checkpoint == slug
    assert seen.favoured > seen.scored / 2
    assert 0 < seen.chance <= 1 / 30_000


def test_one_vocabulary_is_tried_once_and_each_further_one_makes_chance_likelier(
    settings: Any, poems: dict[str, list[str]]
) -> None:
    settings.CHECKPOINT_DIR = SHIPPED
    text = poems["marked"][0]
    register()
    alone = marked_texts.find(text)
    register()
    twice = marked_texts.find(text)
    english = json.loads((SHIPPED / "verse-en-1" / "architecture.json").read_text("utf-8"))
    register("verse-en-1", english)
    beside = marked_texts.find(text)

    assert alone is not None
    assert twice is not None
    assert beside is not None
    assert twice.chance == alone.chance
    assert beside.chance > alone.chance


def test_no_page_of_prose_seems_marked(settings: Any) -> None:
    settings.CHECKPOINT_DIR = SHIPPED
    register()
    register("verse-en-1", json.loads((SHIPPED / "verse-en-1" / "architecture.json").read_text("utf-8")))
    pages = [path.read_text("utf-8")[:4000] for path in sorted((ROOT / "docs").rglob("*.md"))]

    assert len(pages) > 20
    assert [page[:60] for page in pages if marked_texts.find(page)] == []


def test_a_model_whose_folder_is_gone_or_damaged_is_passed_over(settings: Any, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR = tmp_path
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "tokenizer.json").write_text("{")
    for folder in ("gone", "torn"):
        register(folder)

    assert marked_texts.find("whatever it says " * 50) is None


def test_looking_loads_no_torch() -> None:
    asked = (
        "import django; django.setup(); from generation import marked_texts; import sys; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "False"
