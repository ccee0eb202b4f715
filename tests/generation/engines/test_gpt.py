"""The shipped verse model keeps every form, gives the same bytes among any neighbours, and refuses what it should."""

import hashlib
import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import opencc  # type: ignore[import-untyped]
import pypinyin
import pytest
import torch
from tokenizers import Tokenizer

from generation import engines
from generation.engines.base import EngineError, Made, Request, Stopped, Text
from generation.engines.gpt import VERSE_SLOTS, GptEngine
from generation.engines.parameters import MAX_SEED, ParametersRefused, spec_of
from generation.engines.verse import body_places
from tests.generation.shipped import ROOT

CHECKPOINT = ROOT / "checkpoints" / "verse-zh-1"
CARD = json.loads((CHECKPOINT / "card.json").read_text(encoding="utf-8"))
SPEC = spec_of("gpt", json.loads((CHECKPOINT / "architecture.json").read_text(encoding="utf-8")))
SHAPES = {"five-quatrain": (5, 4), "seven-quatrain": (7, 4), "five-octave": (5, 8), "seven-octave": (7, 8)}


@pytest.fixture(scope="module")
def engine() -> GptEngine:
    loaded = engines.load("gpt", CHECKPOINT, weights_sha256=CARD["weights_sha256"])
    assert isinstance(loaded, GptEngine)
    return loaded


def _asked(seed: int, **asked: Any) -> Request:
    return SPEC.request(seed, {"form": "five-quatrain", **asked})


def _texts(engine: GptEngine, *requests: Request, slots: int | None = None) -> list[str]:
    return [_text(made) for made in engine.generate(requests, slots=slots)]


def _text(made: Made) -> str:
    return made.work.encode().decode("utf-8")


def _tail(final: str) -> str:
    """What is heard of a final: -an and -ang with their vowel, other nasals without, else the last vowel."""
    nasal = final[len(final.rstrip("gn")) :]
    return ("a" if "a" in final else "") + nasal if nasal else final[-1]


@pytest.mark.parametrize("form", list(SHAPES))
def test_every_poem_keeps_its_form_and_rhymes_as_another_library_reads_it(engine: GptEngine, form: str) -> None:
    length, lines = SHAPES[form]
    for text in _texts(engine, *[_asked(seed, form=form) for seed in range(8)]):
        rows = text.splitlines()
        assert [len(row) for row in rows] == [length + 1] * lines
        assert [row[-1] for row in rows] == ["，", "。"] * (lines // 2)
        assert all("CJK UNIFIED" in unicodedata.name(letter) for row in rows for letter in row[:-1])
        ends = [pypinyin.lazy_pinyin(row[-2], style=pypinyin.Style.FINALS)[0] for row in rows[1::2]]
        assert len({_tail(end) for end in ends}) <= 2, ends


def test_a_poem_is_the_same_alone_and_among_any_neighbours_and_in_another_process_of_its_kind(
    engine: GptEngine,
) -> None:
    requests = [_asked(seed, title="山中" * (seed % 3), top_p="0.95") for seed in range(11)]
    together = _texts(engine, *requests)
    backwards = _texts(engine, *requests[::-1])[::-1]
    alone = [_texts(engine, request)[0] for request in requests]
    assert together == backwards == alone
    again = GptEngine.load(CHECKPOINT, weights_sha256=CARD["weights_sha256"])
    assert _texts(again, *requests[:3]) == together[:3]
    assert again.profile() == engine.profile()
    assert len(set(together)) == 11


def test_every_declared_number_of_slots_works_and_is_named_in_the_profile(engine: GptEngine) -> None:
    assert engine.slot_counts == VERSE_SLOTS
    for slots in VERSE_SLOTS:
        assert engine.profile(slots=slots)["batch_slots"] == slots
        first, second = (_texts(engine, *[_asked(seed) for seed in (4, 5)], slots=slots) for _ in range(2))
        assert first == second


def test_the_padded_and_cached_batch_foretells_what_a_plain_pass_does(engine: GptEngine) -> None:
    """Temperature at its lowest, and every step once more by the network alone, without padding and cache."""
    asked = _asked(3, temperature="0.1", top_k=1, repetition="0", rhyme="off", title="月夜")
    text = _texts(engine, asked)[0].replace("\n", "")
    tokenizer = Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))
    prefix = [tokenizer.token_to_id(token) for token in ("<bos>", "<form:five-quatrain>", "<title>", "月", "夜")]
    ids = [*prefix, tokenizer.token_to_id("<poem>"), *tokenizer.encode(text).ids]
    places = [*range(5), 31, *body_places(text)]
    with torch.inference_mode():
        looked = engine.model(
            input_ids=torch.tensor([ids]),
            position_ids=torch.tensor([places]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        )
    scores = looked.logits[0].clone()
    assert engine.verse is not None
    scores[:, ~torch.from_numpy(engine.verse.han)] = -torch.inf
    for place, letter in enumerate(text):
        if letter not in "，。":
            best = scores[5 + place].max()
            assert float(best - scores[5 + place, ids[6 + place]]) < 1e-3


def test_what_was_settled_stands_in_the_poem_in_either_script(engine: GptEngine) -> None:
    settled = {"acrostic": "春夏秋冬东西南北", "facts": ["明月", "故乡"]}
    (made,) = engine.generate([_asked(7, form="seven-octave", script="simplified", **settled)])
    text = _text(made)
    assert [row[0] for row in text.splitlines()] == list("春夏秋冬东西南北")
    assert "明月" in text
    assert "故乡" in text
    assert opencc.OpenCC("t2s").convert(text) == text
    assert isinstance(made.work, Text)
    assert made.work.language == "zh-Hans"
    assert made.parameters["facts_met"] == [True, True]
    line = _texts(engine, _asked(7, first_line="床前明月光，"))[0]
    assert line.startswith("床前明月光，\n")


def test_parameters_change_the_poem_and_seeds_reach_all_sixty_three_bits(engine: GptEngine) -> None:
    texts = _texts(
        engine,
        _asked(1), _asked(2), _asked(1 + 2**32), _asked(MAX_SEED), _asked(1, author="李白"), _asked(1, rhyme="ao"),
        _asked(1, temperature="1.5"), _asked(1, watermark=True),
    )  # fmt: skip
    assert len(set(texts)) == len(texts)
    assert pypinyin.lazy_pinyin(texts[5].splitlines()[1][-2], style=pypinyin.Style.FINALS)[0].endswith("ao")


@pytest.mark.parametrize(
    "asked",
    [
        {"form": "sonnet"}, {"temperature": "0"}, {"temperature": "nan"}, {"top_p": "0"}, {"top_k": -1},
        {"title": "山" * 21}, {"title": "\x00"}, {"facts": ["月"] * 5}, {"author": "nobody"}, {"script": "latin"},
        {"watermark": "yes"}, {"prompt": "write"}, {"repetition": "21"}, {"rhyme": "xyz"},
    ],
)  # fmt: skip
def test_hostile_parameters_are_refused_before_the_engine_sees_them(asked: dict[str, Any]) -> None:
    with pytest.raises(ParametersRefused):
        SPEC.request(1, {"form": "five-quatrain", **asked})


@pytest.mark.parametrize(
    "asked",
    [
        {"temperature": "2", "top_p": "1", "top_k": 1000, "repetition": "20"}, {"temperature": "0.1", "top_p": "0.05"},
        {"title": "'; DROP TABLE x; 𠀀"}, {"title": "山" * 20, "author": "白居易", "rhyme": "-i"},
        {"first_line": "𠀀𠀁𠀂𠀃𠀄"}, {"facts": ["𠀀"]},
    ],
)  # fmt: skip
def test_parameters_at_their_bounds_still_give_a_poem_in_its_form(engine: GptEngine, asked: dict[str, Any]) -> None:
    rows = _texts(engine, _asked(9, **asked))[0].splitlines()
    assert [len(row) for row in rows] == [6] * 4


def test_facts_that_cannot_be_met_are_refused_with_a_code(engine: GptEngine) -> None:
    with pytest.raises(EngineError) as refused:
        _texts(engine, _asked(1, facts=["一二三四五六"]))
    assert refused.value.code == "facts_unmet"


def test_whoever_watches_can_stop_a_batch(engine: GptEngine) -> None:
    seen: list[tuple[int, int]] = []

    def watch(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        list(engine.generate([_asked(1)], on_step=watch))
    assert seen == [(1, 24), (2, 24), (3, 24)]


def test_other_weights_and_another_tokenizer_are_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(CHECKPOINT, tmp_path / "copy"))
    with pytest.raises(EngineError) as wrong:
        GptEngine.load(copy, weights_sha256=hashlib.sha256(b"other").hexdigest())
    assert wrong.value.code == "weights_altered"
    tokenizer = copy / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8").replace("山", "川", 1), encoding="utf-8")
    with pytest.raises(EngineError) as altered:
        GptEngine.load(copy, weights_sha256=CARD["weights_sha256"])
    assert altered.value.code == "weights_altered"
    architecture = json.loads((copy / "architecture.json").read_text(encoding="utf-8"))
    shutil.copy(CHECKPOINT / "tokenizer.json", tokenizer)
    (copy / "architecture.json").write_text(json.dumps(architecture | {"width": 96}), encoding="utf-8")
    with pytest.raises(EngineError) as misfit:
        GptEngine.load(copy, weights_sha256=CARD["weights_sha256"])
    assert misfit.value.code == "weights_unreadable"
