"""A poem before it is written: its form, what is settled of it already, and which characters may come where.

Form, first line, acrostic, wanted words and rhyme become rules for single places; the model fills in the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from generation.engines.base import EngineError
from generation.engines.script import to_simplified, to_traditional
from generation.engines.verse import COMMA, FORMS, RHYMES, STOP, Form, is_han, lines_of, rhyme_of

__all__ = ["Plan", "make"]

Rhyme = tuple[str, str]
_OFF = "off"
# Where words stand naturally: before and after the caesura.
_JOINTS = {5: (0, 2), 7: (0, 2, 4)}


@dataclass
class Plan:
    """What stands before the poem as tokens, the characters that are settled by (line, column), and its rhyme."""

    form: Form
    prefix: list[str]
    rhyme: Rhyme | None
    rhyming: bool
    settled: dict[tuple[int, int], str] = field(default_factory=dict)

    def layout(self) -> list[tuple[int, int]]:
        """Every place of the poem in order; the column behind the last character is that of the mark."""
        return [(line, column) for line in range(self.form.lines) for column in range(self.form.length + 1)]

    def mark(self, line: int) -> str:
        """The mark behind a line."""
        return STOP if line % 2 else COMMA

    def rhymes_at(self, line: int, column: int) -> bool:
        """Whether the character here has to rhyme."""
        return self.rhyming and line % 2 == 1 and column == self.form.length - 1


def make(asked: Mapping[str, Any], architecture: Mapping[str, Any], random: np.random.Generator) -> Plan:
    """The plan of a request. Raises EngineError `first_line_refused`, `acrostic_refused` or `facts_unmet`."""
    form = FORMS[asked["form"]]
    convert = to_traditional if asked["script"] == "simplified" else str
    rhyming = asked["rhyme"] != _OFF
    plan = Plan(form, ["<bos>", f"<form:{form.name}>"], None, rhyming)
    _settle_first_line(plan, convert(asked.get("first_line", "")))
    _settle_acrostic(plan, convert(asked.get("acrostic", "")))
    if rhyming:
        plan.rhyme = _chosen_rhyme(plan, asked["rhyme"], architecture, random)
    _settle_words(plan, [convert(word) for word in asked["facts"]], random)
    if plan.rhyme:
        plan.prefix.append(f"<rhyme:{plan.rhyme[0]}:{plan.rhyme[1]}>")
    if asked.get("author"):
        plan.prefix.append(f"<author:{convert(asked['author'])}>")
    if title := "".join(filter(is_han, convert(asked.get("title", "")))):
        plan.prefix += ["<title>", *title[:20]]
    return plan


def _settle_first_line(plan: Plan, text: str) -> None:
    if not text:
        return
    lines = lines_of(text)
    if len(lines) != 1 or len(lines[0]) != plan.form.length or not all(map(is_han, lines[0])):
        raise EngineError("first_line_refused", f"The first line has {plan.form.length} Han characters in this form.")
    plan.settled |= {(0, column): character for column, character in enumerate(lines[0])}


def _settle_acrostic(plan: Plan, text: str) -> None:
    if not text:
        return
    if len(text) != plan.form.lines or not all(map(is_han, text)):
        raise EngineError("acrostic_refused", f"An acrostic has {plan.form.lines} Han characters in this form.")
    for line, character in enumerate(text):
        if plan.settled.setdefault((line, 0), character) != character:
            raise EngineError("acrostic_refused", "The first line does not begin with the acrostic's first character.")


def _chosen_rhyme(plan: Plan, name: str, architecture: Mapping[str, Any], random: np.random.Generator) -> Rhyme:
    """The rhyme that was asked for, or one drawn as often as it comes in the training poems of this form."""
    known = architecture["rhymes"].get(plan.form.name) or {"an:level": 1}
    chosen = [key for key in sorted(known) if name == "auto" or key.split(":")[0] == name]
    if not chosen:
        return name, "level"
    weights = np.array([known[key] for key in chosen], np.float64)
    drawn = chosen[int(random.choice(len(chosen), p=weights / weights.sum()))]
    rhyme, _, tone = drawn.partition(":")
    assert rhyme in RHYMES
    return rhyme, tone


def _settle_words(plan: Plan, words: Sequence[str], random: np.random.Generator) -> None:
    """Give each word a place of its own, the longest first, at a joint of a line where there is one left."""
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        if not all(map(is_han, word)) or len(word) > plan.form.length:
            raise EngineError("facts_unmet", f"A word of a poem has at most {plan.form.length} Han characters: {word}.")
        free = [place for place in _places(plan, len(word)) if _fits(plan, word, place)]
        joints = [place for place in free if place[1] in _JOINTS[plan.form.length]] or free
        if not joints:
            raise EngineError("facts_unmet", f"There is no place left in this form for {to_simplified(word)}.")
        line, column = joints[int(random.integers(len(joints)))]
        plan.settled |= {(line, column + offset): character for offset, character in enumerate(word)}


def _places(plan: Plan, length: int) -> list[tuple[int, int]]:
    columns = range(plan.form.length - length + 1)
    return [(line, column) for line in range(plan.form.lines) for column in columns]


def _fits(plan: Plan, word: str, place: tuple[int, int]) -> bool:
    line, column = place
    cells = {(line, column + offset): character for offset, character in enumerate(word)}
    if any(plan.settled.get(cell, character) != character for cell, character in cells.items()):
        return False
    last = column + len(word) - 1
    return not plan.rhymes_at(line, last) or rhyme_of(word[-1]) == plan.rhyme
