"""The watermark is looked for without torch, and exactly as transformers looks for it."""

import random
import subprocess
import sys
from typing import Any, cast

import pytest
import torch
from transformers import PreTrainedConfig, WatermarkDetector, WatermarkLogitsProcessor

from generation.engines.greenlist import SETTINGS, is_favoured
from generation.evaluation import text_watermark
from generation.evaluation.text_watermark import Finding


@pytest.mark.parametrize(("size", "before"), [(8, 0), (400, 7), (400, 399), (7001, 6999), (50257, 31000)])
def test_the_favoured_tokens_are_those_of_transformers(size: int, before: int) -> None:
    theirs = WatermarkLogitsProcessor(vocab_size=size, device="cpu", **SETTINGS)
    favoured = set(theirs._get_greenlist_ids(cast("torch.LongTensor", torch.tensor([before]))).tolist())
    asked = range(size) if size < 1000 else random.Random(1).sample(range(size), 1500)
    assert [token for token in asked if is_favoured(before, token, size)] == [t for t in asked if t in favoured]


@pytest.mark.parametrize("seed", range(5))
def test_a_finding_is_that_of_transformers_detector(seed: int) -> None:
    tokens = random.Random(seed).choices(range(60), k=200)
    config = PreTrainedConfig()
    config.bos_token_id, config.vocab_size = -1, 60
    detector: Any = WatermarkDetector(config, "cpu", dict(SETTINGS), ignore_repeated_ngrams=True)
    theirs = detector(torch.tensor([tokens]), return_dict=True)
    ours = text_watermark.look(tokens, size=60)
    assert (ours.scored, ours.favoured) == (int(theirs.num_tokens_scored[0]), int(theirs.num_green_tokens[0]))
    assert ours.z == pytest.approx(float(theirs.z_score[0]), abs=1e-3)


def test_chance_is_exact_for_short_texts_and_holds_for_long_ones() -> None:
    assert Finding(6, 6, 4.24).chance == pytest.approx(0.25**6)
    assert Finding(4, 0, 0).chance == pytest.approx(1)
    assert 0 <= Finding(20_000, 9_000, 60).chance < 1e-100


def test_nothing_is_found_in_next_to_nothing() -> None:
    assert text_watermark.look([], size=10) == text_watermark.look([3], size=10) == Finding(0, 0, 0.0)


def test_looking_loads_no_torch() -> None:
    asked = "import sys; from generation.evaluation import text_watermark as t; t.look([1, 2, 3], size=9)\n"
    told = subprocess.run(
        [sys.executable, "-c", f"{asked}print('torch' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "False"
