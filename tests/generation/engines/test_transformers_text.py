"""A language model from outside writes under control, the same bytes every time, and folders with code stay outside."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedConfig, WatermarkDetector

from generation import engines
from generation.engines import folders
from generation.engines.base import EngineError, Made, Request, Stopped, Text
from generation.engines.parameters import ParametersRefused, spec_of
from generation.engines.parameters.transformers_text import describe
from generation.engines.transformers_text import TransformersEngine
from generation.engines.watermark import SETTINGS
from generation.evaluation import text_watermark
from tests.generation.texts import outside_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return outside_model(tmp_path_factory.mktemp("outside"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    loaded = engines.load("transformers", folder, weights_sha256=folders.digest(folder))
    assert isinstance(loaded, TransformersEngine)
    return loaded


SPEC = spec_of("transformers", {"positions": 256})


def _asked(seed: int, **asked: Any) -> Request:
    return SPEC.request(seed, {"prompt": "The house sells", "max_tokens": 40, **asked})


def _one(engine: TransformersEngine, request: Request) -> Made:
    (made,) = engine.generate([request])
    return made


def _text(made: Made) -> str:
    return made.work.encode().decode("utf-8")


def test_the_likeliest_text_is_the_one_that_transformers_writes_itself(
    engine: TransformersEngine, folder: Path
) -> None:
    made = _one(engine, _asked(1, temperature="0", repetition_penalty="1", watermark=False))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer("The house sells", return_tensors="pt")
    banned = [[token] for token in (0, 1)]
    with torch.inference_mode():
        whole = model.generate(**prompt, do_sample=False, max_new_tokens=40, bad_words_ids=banned)
    wanted = tokenizer.decode(whole[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
    lines = wanted.rstrip("\ufffd").strip().splitlines()
    assert _text(made) == "\n".join(line.rstrip() for line in lines) + "\n"
    assert made.parameters["stopped_by"] in ("end", "max_tokens")


def test_a_text_is_the_same_alone_among_neighbours_and_loaded_again(engine: TransformersEngine, folder: Path) -> None:
    requests = [_asked(seed, prompt="A buyer" * (seed + 1)) for seed in range(4)]
    together = [_text(made) for made in engine.generate(requests)]
    assert [_text(made) for made in engine.generate(requests[::-1])][::-1] == together
    again = TransformersEngine.load(folder, weights_sha256=folders.digest(folder))
    assert [_text(_one(again, request)) for request in requests] == together
    assert again.profile() == engine.profile()
    assert len(set(together)) == 4
    assert engine.slot_counts == (1,)


def test_stop_rules_end_a_text_and_are_named(engine: TransformersEngine) -> None:
    free = _text(_one(engine, _asked(5, max_tokens=200)))
    word = free.split()[6]
    made = _one(engine, _asked(5, max_tokens=200, stop=[word]))
    assert word not in _text(made)
    assert free.startswith(_text(made).rstrip())
    assert made.parameters["stopped_by"] == "stop"
    short = _one(engine, _asked(5, max_tokens=1))
    assert short.parameters["tokens"] <= 1


def test_facts_that_no_attempt_had_are_put_in_and_said_to_be(engine: TransformersEngine) -> None:
    facts = ["Solid oak, 12 cm", "hand-signed"]
    made = _one(engine, _asked(3, max_tokens=120, facts=facts, attempts=2))
    assert all(fact in _text(made) for fact in facts)
    assert made.parameters["facts_met"] == [True, True]
    assert made.parameters["facts_inserted"] == facts
    assert made.parameters["attempts"] == 2
    assert _text(_one(engine, _asked(3, max_tokens=120, facts=facts, attempts=2))) == _text(made)


def test_facts_for_which_there_is_no_room_are_refused(engine: TransformersEngine) -> None:
    with pytest.raises(EngineError) as refused:
        _one(engine, _asked(3, max_tokens=5, facts=["a fact of far more than five tokens, that is sure"]))
    assert refused.value.code == "facts_unmet"


def test_the_watermark_shows_where_it_was_put_and_nowhere_else(engine: TransformersEngine) -> None:
    tokens = [
        engine.prose.write(_asked(8, max_tokens=150, top_p="1", watermark=mark).parameters, 8).tokens
        for mark in (True, False)
    ]
    found, not_found = (text_watermark.look(ids, size=400) for ids in tokens)
    assert found.found
    assert not not_found.found
    # And as transformers' own detector sees it.
    config = PreTrainedConfig()
    config.bos_token_id, config.vocab_size = 1, 400
    detector: Any = WatermarkDetector(config, "cpu", dict(SETTINGS))
    assert [bool(detector(torch.tensor([ids]), z_threshold=4.0)[0]) for ids in tokens] == [True, False]


def test_a_prompt_that_leaves_no_room_is_refused(engine: TransformersEngine) -> None:
    with pytest.raises(EngineError) as refused:
        _one(engine, _asked(1, prompt="buyer " * 300, max_tokens=200))
    assert refused.value.code == "prompt_too_long"


def test_an_empty_prompt_and_one_in_another_script_are_taken(engine: TransformersEngine) -> None:
    for prompt in ("", "床前明月光", "🜁 \u202e"):
        made = _one(engine, _asked(2, prompt=prompt))
        assert isinstance(made.work, Text)
        assert made.work.media_type == "text/plain"
        assert "<bos>" not in _text(made)


@pytest.mark.parametrize(
    "asked",
    [
        {"max_tokens": 0}, {"max_tokens": 256}, {"temperature": "-1"}, {"top_p": "2"}, {"facts": [""]},
        {"facts": ["a"] * 9}, {"stop": ["x" * 41]}, {"prompt": "a" * 4001}, {"prompt": "\x07"}, {"attempts": 11},
        {"repetition_penalty": "0"}, {"form": "sonnet"},
    ],
)  # fmt: skip
def test_hostile_parameters_are_refused_before_the_engine_sees_them(asked: dict[str, Any]) -> None:
    with pytest.raises(ParametersRefused):
        _asked(1, **asked)


def test_whoever_watches_can_stop_it(engine: TransformersEngine) -> None:
    def watch(done: int, _of: int) -> None:
        if done == 4:
            raise Stopped

    with pytest.raises(Stopped):
        list(engine.generate([_asked(1)], on_step=watch))


def test_folders_that_changed_bring_code_or_hold_no_language_model_are_refused(folder: Path, tmp_path: Path) -> None:
    digest = folders.digest(folder)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    assert describe(copy) == {"text": "prose", "model": "GPT2LMHeadModel", "model_type": "gpt2", "positions": 256}
    for changed in (
        {**config, "auto_map": {"AutoModelForCausalLM": "evil.Evil"}},
        {**config, "architectures": ["BertForMaskedLM"]},
        {**config, "architectures": None},
    ):
        (copy / "config.json").write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(EngineError) as wrong:
            describe(copy)
        assert wrong.value.code == "architecture_unknown"
    with pytest.raises(EngineError) as altered:
        TransformersEngine.load(copy, weights_sha256=digest)
    assert altered.value.code == "weights_altered"
    (copy / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(EngineError) as code:
        TransformersEngine.load(copy, weights_sha256=digest)
    assert code.value.code == "code_refused"
