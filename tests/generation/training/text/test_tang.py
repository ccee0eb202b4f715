"""Poems are cleaned step by step, split by digest, and read in pieces with conditions that can be left out."""

import json
from pathlib import Path

import numpy as np
import pytest

from generation.training import frozen
from generation.training.text import dataset, plays, tang
from generation.training.text.tang import CorpusError, Poem
from generation.training.text.verse_tokens import Conditions, draw_shown, encode, pieces_of, vocabulary
from tests.generation.shipped import ROOT
from tests.generation.texts import plays_file, poems_file


def _cleaned(text: str, title: str = "山") -> list[Poem]:
    return tang.clean([Poem(0, "李白", title, text)])[0]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("白日依山盡，黃河入海流。", "白日依山盡，黃河入海流。"),
        ("白日依山盡（一作落），黃河（〖注〗甲）入海流。（見卷一。）。", "白日依山盡，黃河入海流。"),
        ("「白日依山盡」，黃河入海流？", "白日依山盡，黃河入海流。"),
        ("白日依山盡，黃河入海流。。", "白日依山盡，黃河入海流。"),
        ("白日依□盡，黃河入海流。", None),
        ("白日依山盡（，黃河入海流。", None),
        ("白日依山盡。", None),
        ("白日[依]山盡，黃河入海流。", None),
        ("黃河" * 8 + "，黃河入海流。", None),
    ],
)
def test_cleaning_takes_out_notes_and_drops_what_is_broken(text: str, kept: str | None) -> None:
    assert [poem.text for poem in _cleaned(text)] == ([kept] if kept else [])


def test_every_step_says_what_it_changed_and_dropped() -> None:
    texts = ["白日依山盡，黃河入海流？", "白日依山盡，黃河入海流。", "白日依□盡，黃河入海流。"]
    kept, told = tang.clean([Poem(number, "", "", text) for number, text in enumerate(texts)])
    assert [poem.record for poem in kept] == [0]
    counts = {step["name"]: (step["changed"], step["dropped"]) for step in told}
    assert counts == {
        "notes": (0, 0), "marks": (1, 0), "titles": (0, 0), "han": (0, 1), "verse": (0, 0), "duplicates": (0, 1),
    }  # fmt: skip


def test_held_out_poems_are_chosen_by_digest_and_their_near_copies_used_for_nothing() -> None:
    poems = [Poem(number, "", "", f"{chr(0x4E00 + number) * 5}，黃河入海流。" * 2) for number in range(200)]
    training, held, near = tang.split(poems, every=10)
    assert held == [poem for poem in poems if int(poem.sha256[:8], 16) % 10 == 0]
    assert len(training) + len(held) + len(near) == 200
    assert len(near) > 150  # all share a line


def test_a_poem_is_read_with_the_conditions_that_are_shown_and_places_that_do_not_depend_on_them() -> None:
    poem = Poem(0, "李白", "山中", "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。")
    ids = {token: number for number, token in enumerate(vocabulary([poem] * 3, least=1, author_poems=3))}
    (piece,) = pieces_of(poem)
    bare = encode(piece, ids, frozenset())
    full = encode(piece, ids, frozenset({"form", "rhyme", "author", "title"}))
    assert bare.tokens[bare.start :] == full.tokens[full.start :]
    assert bare.places[bare.start :] == full.places[full.start :]
    assert (bare.start, full.start) == (1, 7)
    names = {number: token for token, number in ids.items()}
    shown = [names[token] for token in full.tokens[: full.start + 1]]
    assert shown == [
        "<bos>", "<form:five-quatrain>", "<rhyme:ao:oblique>", "<author:李白>", "<title>", "山", "中", "<poem>",
    ]  # fmt: skip
    assert names[full.tokens[-1]] == "<eos>"


def test_long_poems_come_in_pieces_that_end_with_sentences() -> None:
    poem = Poem(0, "李白", "山中", "春眠不覺曉，處處聞啼鳥。" * 30)
    pieces = pieces_of(poem)
    assert "".join(piece.text for piece in pieces) == poem.text
    assert all(len(piece.text) <= 160 for piece in pieces)
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert [bool(piece.title) for piece in pieces] == [True] + [False] * (len(pieces) - 1)


def test_conditions_are_shown_as_often_as_asked() -> None:
    random = np.random.default_rng(1)
    drawn = [draw_shown(random, Conditions(0.2, 0.5, 0.5, 0.5, 0.5)) for _ in range(2000)]
    assert 0.36 < sum("title" in shown for shown in drawn) / 2000 < 0.44
    assert sum(not shown for shown in drawn) / 2000 > 0.2


def test_freezing_the_same_corpus_twice_gives_one_merkle_root_and_every_item_its_rights(tmp_path: Path) -> None:
    corpus = poems_file(tmp_path / "poems.jsonl")
    first, second = (dataset.freeze("tang-poems", corpus, tmp_path / name) for name in ("one", "two"))
    assert first.merkle_root == second.merkle_root
    assert {item["licence_spdx"] for item in first.items} == {"MIT"}
    assert all(item["split"] in ("training", "held out", "near held out") for item in first.items)
    assert [poem.sha256 for poem in dataset.poems(first, corpus)] == [item["sha256"] for item in first.items]


def test_the_shipped_datasets_agree_with_themselves() -> None:
    for name, count in (("tang-poems", 55_014), ("shakespeare", 656)):
        shipped = frozen.load(ROOT / "datasets" / f"{name}-1")
        assert (shipped.name, shipped.kind, len(shipped.items)) == (name, "text", count)
        assert sum(shipped.description["split"].values()) == count
        assert not any("text" in item for item in shipped.items)


def test_plays_are_cut_into_whole_speeches_and_nothing_is_lost(tmp_path: Path) -> None:
    text = plays.read(plays_file(tmp_path / "plays.txt"))
    passages = plays.cut(text)
    assert "\n\n".join(passage.text for passage in passages) == text.strip()
    assert all(len(passage.text) >= 1500 for passage in passages[:-1])
    training, held = plays.split(passages, every=3)
    assert sorted([*training, *held], key=lambda passage: passage.number) == passages
    assert held


@pytest.mark.parametrize("content", ["", "{", json.dumps({"author": "x"}), "\xff"])
def test_a_file_that_is_no_collection_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "poems.jsonl"
    path.write_bytes(content.encode("latin-1"))
    if content:
        with pytest.raises(CorpusError):
            tang.read(path)
    with pytest.raises(CorpusError):
        tang.read(tmp_path / "none.jsonl")
