"""Forms, rhymes and places of Chinese verse, and the plan of a poem before it is written."""

from typing import Any

import numpy as np
import pytest

from generation.engines import verse, verse_plan
from generation.engines.base import EngineError
from generation.engines.parameters.gpt import spec
from generation.engines.script import to_simplified, to_traditional
from generation.engines.verse import FORMS

ARCHITECTURE: dict[str, Any] = {
    "text": "verse",
    "forms": [form.name for form in FORMS.values() if form.lines],
    "authors": ["李白", "杜甫"],
    "rhyme_names": list(verse.RHYMES),
    "rhymes": {"five-quatrain": {"an:level": 3, "u:oblique": 1}},
}
SPEC = spec(ARCHITECTURE)


def _plan(seed: int = 1, **asked: Any) -> verse_plan.Plan:
    read = SPEC.read({"form": "five-quatrain", **asked})
    return verse_plan.make(read, ARCHITECTURE, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("character", "rhyme"),
    [
        ("山", ("an", "level")), ("天", ("an", "level")), ("月", ("ie", "oblique")), ("知", ("-i", "level")),
        ("兒", ("i", "level")), ("雨", ("i", "oblique")), ("東", ("eng", "level")), ("x", None), ("，", None),
    ],
)  # fmt: skip
def test_a_character_rhymes_by_its_modern_final(character: str, rhyme: tuple[str, str] | None) -> None:
    assert verse.rhyme_of(character) == rhyme


def test_forms_are_told_by_lines_and_lengths() -> None:
    assert verse.form_of(["白日依山盡"] * 4) == "five-quatrain"
    assert verse.form_of(["朝辭白帝彩雲間"] * 8) == "seven-octave"
    assert verse.form_of(["白日依山盡"] * 6) == "five-long"
    assert verse.form_of(["白日依山盡", "山"]) == "free"


def test_every_place_of_a_poem_follows_from_what_stands_before_it() -> None:
    text = "白日依山盡，黃河入海流。"
    places = verse.body_places(text)
    assert places == [*range(32, 38), *range(48, 54)]
    assert verse.body_places(text[:7]) == places[:7]
    long = verse.body_places("山，" * 40 + "山" * 20)
    assert max(long) < verse.PLACES


def test_a_plan_draws_its_rhyme_as_it_comes_in_training_and_tells_the_model() -> None:
    drawn = [_plan(seed).rhyme for seed in range(200)]
    assert 120 < sum(rhyme == ("an", "level") for rhyme in drawn) < 180
    plan = _plan(title="山中 poem", author="李白", rhyme="ou")
    assert plan.rhyme == ("ou", "level")
    assert plan.prefix == [
        "<bos>", "<form:five-quatrain>", "<rhyme:ou:level>", "<author:李白>", "<title>", "山", "中",
    ]  # fmt: skip
    off = _plan(rhyme="off")
    assert off.rhyme is None
    assert not off.rhymes_at(1, 4)


def test_first_line_acrostic_and_words_are_settled_without_touching_each_other() -> None:
    plan = _plan(first_line="春眠不覺曉", acrostic="春夏秋冬", facts=["明月", "故人"])
    settled = "".join(plan.settled.get((0, column), "?") for column in range(5))
    assert settled == "春眠不覺曉"
    assert [plan.settled[line, 0] for line in range(4)] == list("春夏秋冬")
    rows = ["".join(plan.settled.get((line, column), "?") for column in range(5)) for line in range(4)]
    assert any("明月" in row for row in rows)
    assert any("故人" in row for row in rows)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"first_line": "春眠不覺"}, "first_line_refused"),
        ({"first_line": "春眠，不覺曉"}, "first_line_refused"),
        ({"first_line": "abcde"}, "first_line_refused"),
        ({"acrostic": "春夏秋"}, "acrostic_refused"),
        ({"acrostic": "夏夏秋冬", "first_line": "春眠不覺曉"}, "acrostic_refused"),
        ({"facts": ["一二三四五六"]}, "facts_unmet"),
        ({"facts": ["moon"]}, "facts_unmet"),
        ({"facts": ["白日依山盡", "欲窮千里目", "千山鳥飛絕", "孤舟蓑笠翁"], "acrostic": "春夏秋冬"}, "facts_unmet"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(asked: dict[str, Any], code: str) -> None:
    with pytest.raises(EngineError) as refused:
        _plan(**asked)
    assert refused.value.code == code


def test_scripts_are_turned_character_by_character() -> None:
    assert to_simplified("遠上寒山石徑斜，") == "远上寒山石径斜，"
    assert to_traditional("远上寒山石径斜，") == "遠上寒山石徑斜，"
    assert to_simplified("") == ""
