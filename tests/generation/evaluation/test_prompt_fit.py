"""A dual encoder of random weights, in the real folder layout, gives a cosine that depends on words and picture."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

from generation import scoring
from generation.engines.base import EngineError, Made, Picture
from generation.evaluation.prompt_fit import PromptFit
from generation.preparing import prepare
from tests.generation.engines.tiny_diffusion import tokenizer

PICTURES = np.random.default_rng(1).integers(0, 256, (2, 48, 64, 3)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}
    text = {**shape, "vocab_size": 1000, "max_position_embeddings": 77, "bos_token_id": 0, "eos_token_id": 1}
    vision = {**shape, "image_size": 24, "patch_size": 8}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)).save_pretrained(tmp_path / "clip")
    tokenizer(tmp_path / "words").save_pretrained(tmp_path / "clip")
    CLIPImageProcessorPil(size=24, crop_size=24).save_pretrained(tmp_path / "clip")
    return tmp_path / "clip"


def test_the_score_is_a_cosine_of_words_and_picture(folder: Path) -> None:
    fit = PromptFit.load(folder)
    scores = {fit.score(picture, words) for picture in PICTURES for words in ("cat", "dog")}
    assert len(scores) == 4
    assert all(-1 <= score <= 1 for score in scores)
    assert fit.score(PICTURES[0], "cat " * 200) == fit.score(PICTURES[0], "cat " * 100)


def test_pieces_are_scored_where_a_model_for_it_is_present(folder: Path, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(scoring, "_house", lambda: scoring.House(0))
    monkeypatch.setattr(scoring.House, "descriptors", lambda _self: np.empty((0, 64), np.int8))
    monkeypatch.setattr(scoring, "_training", lambda _checkpoint: None)
    made = Made(Picture(PICTURES[0]), 1, {"prompt": "cat"}, 0.1)
    settings.PROMPT_FIT_DIR = ""
    assert "prompt_fit" not in scoring.scores(made, checkpoint := object(), prepare(made.work))  # type: ignore[arg-type]
    settings.PROMPT_FIT_DIR = str(folder)
    assert -1 <= scoring.scores(made, checkpoint, prepare(made.work))["prompt_fit"] <= 1  # type: ignore[arg-type]
    wordless = Made(Picture(PICTURES[0]), 1, {}, 0.1)
    assert "prompt_fit" not in scoring.scores(wordless, checkpoint, prepare(wordless.work))  # type: ignore[arg-type]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(EngineError) as refused:
        PromptFit.load(tmp_path)
    assert refused.value.code == "weights_unreadable"
