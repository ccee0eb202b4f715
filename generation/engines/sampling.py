"""How the next token is drawn from a model's scores, and when a text ends: one core for every engine of texts.

Randomness is one numpy stream per piece, and all arithmetic behind the model's scores is in float64 for each piece by
itself, so that a text does not depend on its neighbours. Needs no torch.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["SENTENCE_END", "Sampler", "Stops", "draw", "missing", "stream"]

Figures = NDArray[np.float64]
Mask = NDArray[np.bool_]

SENTENCE_END = re.compile(r"[.!?。！？…]+[\"'”’」』)）]*(?=\s|$)|[。！？]+[”’」』）]*")
_STREAM = 0x7465_7874


def stream(seed: int, attempt: int = 0) -> np.random.Generator:
    """The stream of random numbers of one piece, and of each further attempt at it."""
    return np.random.default_rng([_STREAM, seed, attempt])


@dataclass(frozen=True)
class Sampler:
    """`temperature` 0 takes the likeliest; `top_k` 0 keeps all; `repetition_penalty` 1 leaves repetitions alone."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """The sampler that a request's parameters describe."""
        return cls(
            temperature=float(asked["temperature"]),
            top_p=float(asked["top_p"]),
            top_k=int(asked["top_k"]),
            repetition_penalty=float(asked.get("repetition_penalty", 1)),
        )

    def odds(self, scores: NDArray[np.float32], *, seen: Iterable[int] = (), allowed: Mask | None = None) -> Figures:
        """The distribution to draw from. `allowed` marks the tokens that may come at all; at least one may."""
        values = scores.astype(np.float64)
        repeated = sorted(set(seen))
        if repeated and self.repetition_penalty != 1:
            # As Keskar et al. (2019): what was there already loses, whatever the sign of its score.
            past = values[repeated]
            values[repeated] = np.where(past > 0, past / self.repetition_penalty, past * self.repetition_penalty)
        if allowed is not None:
            values[~allowed] = -np.inf
        if self.temperature == 0:
            chosen = np.zeros_like(values)
            chosen[int(np.argmax(values))] = 1
            return chosen
        return self._cut(values / self.temperature)

    def _cut(self, values: Figures) -> Figures:
        """Softmax over the `top_k` likeliest tokens, of which the likeliest are kept until they make up `top_p`."""
        odds = np.exp(values - values.max())
        odds /= odds.sum()
        order = np.argsort(-odds, kind="stable")
        if self.top_k:
            odds[order[self.top_k :]] = 0
            odds /= odds.sum()
        if self.top_p < 1:
            before = np.cumsum(odds[order]) - odds[order]
            odds[order[before >= self.top_p]] = 0
        kept: Figures = odds / odds.sum()
        return kept


def draw(odds: Figures, random: np.random.Generator) -> int:
    """One token: where a number from 0 to 1 falls among the sums of the odds."""
    sums = np.cumsum(odds)
    return int(min(np.searchsorted(sums, random.random() * sums[-1], side="right"), np.flatnonzero(odds)[-1]))


@dataclass(frozen=True)
class Stops:
    """When a text ends before it is as long as it may be; `lines` 0 and an empty `strings` stop nothing."""

    strings: tuple[str, ...] = ()
    lines: int = 0
    sentences: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """The rules that a request's parameters name."""
        return cls(tuple(asked.get("stop", ())), int(asked.get("lines", 0)), int(asked.get("sentences", 0)))

    def cut(self, text: str) -> tuple[str, str] | None:
        """The text up to the rule that is met first, and that rule's name; None while none is met.

        A stop string is not part of the text; the last line and the last sentence are.
        """
        ends = [(place, "stop") for string in self.strings if (place := text.find(string)) >= 0]
        if self.lines and len(rows := [match.start() for match in re.finditer("\n", text)]) >= self.lines:
            ends.append((rows[self.lines - 1], "lines"))
        if self.sentences:
            sentences = [match.end() for match in SENTENCE_END.finditer(text)]
            # A sentence has ended when something follows it: the next token might have been part of it.
            done = [end for end in sentences if end < len(text)]
            if len(done) >= self.sentences:
                ends.append((done[self.sentences - 1], "sentences"))
        if not ends:
            return None
        place, rule = min(ends)
        return text[:place], rule


def missing(facts: Sequence[str], text: str) -> list[str]:
    """The facts that a text does not contain, upper and lower case being alike, and any white space being a space."""
    plain = " ".join(text.casefold().split())
    return [fact for fact in facts if " ".join(fact.casefold().split()) not in plain]
