"""The measured traits have their known values, and the score puts what nobody wants last."""

import numpy as np
import pytest

from generation.evaluation import pictures
from generation.training.studio import FAMILIES, Recipe, render

RANDOM = np.random.default_rng(5)
NOISE = RANDOM.integers(0, 256, (128, 128, 3)).astype(np.uint8)
FLAT = np.full((256, 320, 3), 120, np.uint8)


def test_a_flat_grey_has_no_colour_no_contrast_and_no_edges() -> None:
    traits = pictures.measure(FLAT)
    assert traits.colourfulness == pytest.approx(0, abs=1e-9)
    assert traits.contrast == pytest.approx(0, abs=1e-9)
    assert traits.edge_density == 0


def test_colourfulness_has_the_value_of_its_definition() -> None:
    halves = np.zeros((128, 128, 3), np.uint8)
    halves[:, :64] = (255, 0, 0)
    halves[:, 64:] = (0, 0, 255)
    # rg is 255 and 0, yb is 127.5 and -255: deviations 127.5 and 191.25, means 127.5 and -63.75.
    expected = np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, 63.75)
    assert pictures.measure(halves).colourfulness == pytest.approx(expected)


def test_contrast_of_black_and_white_halves_is_half() -> None:
    halves = np.zeros((128, 128, 3), np.uint8)
    halves[:64] = 255
    assert pictures.measure(halves).contrast == pytest.approx(0.5, abs=1e-3)


def test_one_hue_is_in_harmony_and_a_rainbow_is_not() -> None:
    ridges = np.zeros((128, 128, 3), np.uint8)
    ridges[:64], ridges[64:] = (200, 80, 40), (120, 50, 20)
    assert pictures.measure(ridges).harmony == pytest.approx(1)
    assert pictures.measure(NOISE).harmony < 0.6


def test_every_family_of_the_studio_scores_above_noise_and_flats() -> None:
    worst = max(pictures.score(pictures.measure(bad)) for bad in (NOISE, FLAT))
    assert worst < 0.2
    for family in FAMILIES:
        scores = [pictures.scores(render(Recipe(family, seed, 0)))["score"] for seed in range(4)]
        assert 0.5 < np.median(scores) <= 1


def test_the_best_of_three_is_the_picture() -> None:
    assert pictures.best_of([NOISE, render(Recipe("poster", 1, 0)), FLAT]) == 1
    with pytest.raises(ValueError, match="no pictures"):
        pictures.best_of([])


def test_scores_are_plain_rounded_numbers_between_their_bounds() -> None:
    scores = pictures.scores(NOISE)
    assert set(scores) == {"colourfulness", "contrast", "edge_density", "harmony", "balance", "score"}
    assert all(type(value) is float and round(value, 4) == value for value in scores.values())
    assert 0 <= scores["score"] <= 1
