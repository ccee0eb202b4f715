"""The wording of a text is measured against that of the texts behind its model; no text can be read out of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from generation.evaluation import wording
from generation.evaluation.wording import Known

TEXTS = ["the quiet harbour lies in the quiet light", "the quiet harbour lies still", "boats lie in the quiet light"]


def test_only_pairs_that_occur_twice_are_known() -> None:
    pairs = wording.table(TEXTS)
    assert list(pairs) == sorted(pairs)
    assert wording.share("the quiet harbour lies", pairs) == 1
    assert wording.share("boats lie still", pairs) == 0
    assert wording.share("in the quiet storm", pairs) == pytest.approx(2 / 3)


def test_a_usual_share_is_plausible_and_texts_without_pairs_are_not_judged() -> None:
    known = Known(wording.table(TEXTS), 0.5)
    assert wording.plausibility("in the quiet storm", known) == 1
    assert wording.plausibility("harbour harbour harbour", known) == 0
    assert wording.plausibility("harbour", known) is None
    assert wording.plausibility("in the", Known(np.empty(0, np.uint32), 0.5)) is None


def test_chinese_is_read_character_by_character() -> None:
    pairs = wording.table(["明月光", "明月夜"])
    assert wording.share("明月", pairs) == 1
    assert wording.share("光明", pairs) == 0


def test_what_was_written_is_read_again_and_nothing_else(tmp_path: Path) -> None:
    assert wording.read(tmp_path) is None
    np.save(tmp_path / wording.FILE, wording.table(TEXTS), allow_pickle=False)
    assert wording.read(tmp_path) is None
    (tmp_path / wording.USUAL).write_text(json.dumps({"held_out_median": "0.450"}), encoding="utf-8")
    known = wording.read(tmp_path)
    assert known is not None
    assert (known.usual, len(known.pairs)) == (0.45, len(wording.table(TEXTS)))
    np.save(tmp_path / wording.FILE, np.zeros((2, 2)), allow_pickle=False)
    assert wording.read(tmp_path) is None
