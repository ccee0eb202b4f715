"""An interpolated Kneser-Ney n-gram model, the baseline that a language model has to beat.

Discounts are the three of Chen and Goodman (1999), estimated for each order; a sequence starts with one mark that is
never foretold, and the last order falls back on all tokens alike. Only numpy: n-grams are numbers in sorted arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["KneserNey"]

Numbers = NDArray[np.int64]
Figures = NDArray[np.float64]


@dataclass(frozen=True)
class _Level:
    """All n-grams of one order: sorted keys, discounted counts, and for each context its sum and what it gives away."""

    keys: Numbers
    kept: Figures
    sums: Figures
    given: Figures


class KneserNey:
    """Trained on sequences of whole numbers below `size`. `discounts` are estimated from the counts unless given."""

    def __init__(
        self,
        sequences: Sequence[Sequence[int]],
        *,
        size: int,
        order: int = 5,
        discounts: tuple[float, float, float] | None = None,
    ) -> None:
        self.size, self.order = size, order
        tokens, places = self._chain(sequences)
        keys: list[Numbers] = []
        names: list[Numbers] = []
        for length in range(1, order + 1):
            inside = places >= length - 1
            key = tokens if length == 1 else np.where(inside, np.roll(names[-1], 1) * (size + 1) + tokens, -1)
            known, name = np.unique(key[inside], return_inverse=True)
            named = np.full(len(tokens), -1)
            named[inside] = name
            keys.append(known)
            names.append(named)
        self.levels = [self._level(length, keys, names, places, discounts) for length in range(1, order + 1)]

    def _chain(self, sequences: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
        """All sequences behind each other, each with its start mark (`size`), and each token's place in its own."""
        tokens = np.concatenate([np.array([self.size, *sequence], np.int64) for sequence in sequences])
        places = np.concatenate([np.arange(len(sequence) + 1) for sequence in sequences])
        return tokens, places

    def _level(
        self,
        length: int,
        keys: list[Numbers],
        names: list[Numbers],
        places: Numbers,
        discounts: tuple[float, float, float] | None,
    ) -> _Level:
        name, known = names[length - 1], keys[length - 1]
        counts = np.bincount(name[name >= 0], minlength=len(known))
        if length < self.order:
            # Kneser and Ney's idea: below the highest order, count what came before, not how often. What begins a
            # sequence has nothing before it and keeps its count.
            longer = names[length]
            _, first = np.unique(longer, return_index=True)
            first = first[longer[first] >= 0]
            before = np.bincount(name[first], minlength=len(known))
            starts = np.zeros(len(known), bool)
            starts[name[places == length - 1]] = True
            counts = np.where(starts, counts, before)
        if length == 1:
            counts = np.where(known == self.size, 0, counts)
        context = np.zeros(len(known), np.int64) if length == 1 else known // (self.size + 1)
        contexts = 1 if length == 1 else len(keys[length - 2])
        chosen = _estimated(counts) if discounts is None else np.array([0.0, *discounts])
        discount = chosen[np.minimum(counts, 3)]
        sums: Figures = np.bincount(context, counts, minlength=contexts).astype(np.float64)
        given: Figures = np.bincount(context, discount, minlength=contexts).astype(np.float64)
        return _Level(known, counts - discount, sums, given)

    def nats(self, sequence: Sequence[int]) -> Figures:
        """The surprise at each token of a sequence, in nats."""
        tokens, places = self._chain([sequence])
        odds = np.full(len(tokens), 1 / self.size)
        name = np.zeros(len(tokens), np.int64)
        for length, level in enumerate(self.levels, start=1):
            context = np.where(places >= length - 1, np.roll(name, 1), -1) if length > 1 else np.zeros_like(name)
            key = context * (self.size + 1) + tokens if length > 1 else tokens
            name = np.minimum(np.searchsorted(level.keys, key), len(level.keys) - 1)
            name[(level.keys[name] != key) | (context < 0)] = -1
            seen = (context >= 0) & (level.sums[context] > 0)
            here = np.where(name >= 0, level.kept[name], 0.0) + level.given[context] * odds
            odds = np.where(seen, here / np.where(seen, level.sums[context], 1.0), odds)
        surprise: Figures = -np.log(odds[1:])
        return surprise


def _estimated(counts: Numbers) -> Figures:
    """The discounts for counts of 0, 1, 2 and more; a half each where the counts are too few to estimate from."""
    one, two, three, four = (int((counts == count).sum()) for count in (1, 2, 3, 4))
    if min(one, two, three, four) == 0:
        return np.array([0.0, 0.5, 0.5, 0.5])
    part = one / (one + 2 * two)
    return np.array([0.0, 1 - 2 * part * two / one, 2 - 3 * part * three / two, 3 - 4 * part * four / three])
