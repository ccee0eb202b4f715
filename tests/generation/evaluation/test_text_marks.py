"""A text that lost everything is known by the watermark in its words, and no other text is."""

import json

import pytest

from generation.engines.base import Request
from generation.engines.gpt import GptEngine
from generation.engines.parameters import spec_of
from generation.engines.script import to_simplified
from generation.evaluation import text_marks
from tests.generation.shipped import ROOT

FOLDERS = {name: ROOT / "checkpoints" / name for name in ("verse-en-1", "verse-zh-1")}
OTHERS = (
    "The tide goes out twice a day and nobody thanks the moon for it; the boats lie down in the mud and wait.",
    "春天到了，河边的柳树长出了新芽，孩子们在草地上放风筝，老人们坐在长椅上晒太阳，聊着过去的事情。",
)


def poem(*, watermark: bool) -> str:
    folder = FOLDERS["verse-zh-1"]
    digest = json.loads((folder / "card.json").read_text())["weights_sha256"]
    engine = GptEngine.load(folder, weights_sha256=digest, device="cpu", threads=1)
    spec = spec_of("gpt", engine.architecture)
    request: Request = spec.request(3, {"form": "seven-octave", "watermark": watermark})
    [made] = engine.generate([request])
    return made.work.encode().decode()


@pytest.fixture(scope="module")
def marked() -> str:
    return poem(watermark=True)


def test_a_poem_names_its_model_in_either_script_and_in_any_lines(marked: str) -> None:
    for text in (marked, to_simplified(marked), marked.replace("\n", " ")):
        found = text_marks.find(text, FOLDERS)
        assert found is not None
        assert found.name == "verse-zh-1"
        assert found.z >= 4
        assert found.favoured > found.scored / 2


def test_other_texts_and_a_poem_without_the_mark_are_claimed_by_no_model() -> None:
    for text in (*OTHERS, poem(watermark=False)):
        assert text_marks.find(text, FOLDERS) is None


def test_what_is_too_short_or_cannot_be_looked_into_says_nothing(marked: str) -> None:
    assert text_marks.find("Too short.", FOLDERS) is None
    assert text_marks.find(marked, {}) is None
    assert text_marks.find(marked, {"gone": ROOT / "nowhere"}) is None
