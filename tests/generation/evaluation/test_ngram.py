"""The Kneser-Ney baseline agrees with what a person reckons on paper, and foretells with odds that sum to one."""

from math import log

import numpy as np
import pytest

from generation.evaluation.ngram import KneserNey

HALF = (0.5, 0.5, 0.5)


def test_a_tiny_corpus_gives_the_odds_that_were_reckoned_by_hand() -> None:
    # Three sequences, start marks S: S 0 1, S 0 1, S 1. Bigrams: S0 twice, 01 twice, S1 once.
    # Unigrams count what precedes: 0 follows S only (1), 1 follows 0 and S (2); 3 in all, each gives a half away.
    # p(0) = 0.5/3 + 1/3 · 1/2 = 1/3, p(1) = 1.5/3 + 1/6 = 2/3.
    # p(0|S) = 1.5/3 + 1/3 · 1/3 = 11/18, p(1|S) = 0.5/3 + 1/3 · 2/3 = 7/18, p(1|0) = 1.5/2 + 1/4 · 2/3 = 11/12.
    model = KneserNey([[0, 1], [0, 1], [1]], size=2, order=2, discounts=HALF)
    assert model.nats([0, 1]) == pytest.approx([-log(11 / 18), -log(11 / 12)])
    assert model.nats([1, 1]) == pytest.approx([-log(7 / 18), -log(2 / 3)])
    assert model.nats([0, 0]) == pytest.approx([-log(11 / 18), -log(1 / 12)])


def test_the_odds_behind_any_context_sum_to_one() -> None:
    random = np.random.default_rng(3)
    corpus = [list(map(int, random.integers(0, 9, random.integers(1, 12)))) for _ in range(200)]
    model = KneserNey(corpus, size=10, order=5)
    for before in ([], [1], [1, 2, 3], [9], [4, 4, 4, 4, 4, 4]):
        odds = [float(np.exp(-model.nats([*before, token])[-1])) for token in range(10)]
        assert sum(odds) == pytest.approx(1)
        assert min(odds) > 0


def test_a_longer_memory_foretells_a_regular_text_better() -> None:
    corpus = [[0, 1, 2, 0, 2, 1] * 5 for _ in range(5)]
    long, short = (KneserNey(corpus, size=3, order=order).nats([0, 1, 2, 0, 2, 1]).sum() for order in (5, 1))
    assert long < 0.2 * short
