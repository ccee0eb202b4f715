"""The studio draws the same picture from the same recipe, and different ones from different recipes."""

import numpy as np
import pytest

from generation.evaluation import pictures
from generation.training.studio import (
    EVALUATION_SEEDS,
    FAMILIES,
    FAMILIES_OF,
    TRAINING_SEEDS,
    Recipe,
    picture_sha256,
    render,
)
from generation.training.studio.colour import oklch
from generation.training.studio.palettes import PALETTES, chosen


def test_a_recipe_has_one_canonical_form_and_one_digest() -> None:
    recipe = Recipe("ridges", 1_000_000, 0)
    assert recipe.canonical() == b'{"family":"ridges","index":0,"seed":"1000000","size":128,"studio":"1"}'
    assert recipe.sha256 == "6c82da7c2d14ebd4bfeb6c8ad8ca918e97cfcc796407582444896cd22a830163"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_draws_the_same_bytes_twice_and_other_bytes_for_another_seed(family: str) -> None:
    first = render(Recipe(family, 1, 0, 64))
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert picture_sha256(first) == picture_sha256(render(Recipe(family, 1, 0, 64)))
    assert picture_sha256(first) != picture_sha256(render(Recipe(family, 2, 0, 64)))
    assert picture_sha256(first) != picture_sha256(render(Recipe(family, 1, 1, 64)))


@pytest.mark.parametrize("family", FAMILIES_OF["2"])
def test_the_second_studio_draws_every_family_in_another_way_from_the_same_seed(family: str) -> None:
    second = Recipe(family, 1, 0, 64, "2")
    assert b'"studio":"2"' in second.canonical()
    assert render(second).tobytes() == render(second).tobytes()
    assert picture_sha256(render(second)) != picture_sha256(render(Recipe(family, 1, 0, 64)))


def test_a_palette_chosen_by_hand_goes_from_dark_to_light_within_the_gamut() -> None:
    for seed in range(60):
        colours = chosen(np.random.default_rng(seed))
        assert colours.shape == (5, 3)
        assert ((colours >= 0) & (colours <= 1)).all()
        luminance = colours @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(luminance) > 0).all()
    assert len(PALETTES) >= 24


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_draws_pictures_and_not_flats_or_noise(family: str) -> None:
    measured = [pictures.measure(render(Recipe(family, seed, 0, 64))) for seed in range(6)]
    assert all(traits.contrast > 0.005 for traits in measured)
    assert all(traits.edge_density < 0.6 for traits in measured)
    assert np.mean([traits.colourfulness for traits in measured]) > 12


def test_training_and_evaluation_share_no_seed() -> None:
    assert not set(TRAINING_SEEDS[:: len(TRAINING_SEEDS) - 1]) & set(EVALUATION_SEEDS)
    assert TRAINING_SEEDS.stop <= EVALUATION_SEEDS.start


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"family": "portraits", "seed": 1, "index": 0}, "draws no family 'portraits'"),
        ({"family": "poster", "seed": 1, "index": 0, "studio": "2"}, "draws no family 'poster'"),
        ({"family": "ridges", "seed": 1, "index": 0, "studio": "3"}, "no studio of version '3'"),
        ({"family": "ridges", "seed": -1, "index": 0}, "not negative"),
        ({"family": "ridges", "seed": 1, "index": 0, "size": 16}, "sides of 32 to 512"),
        ({"family": "ridges", "seed": 1, "index": 0, "size": 100_000}, "sides of 32 to 512"),
    ],
)
def test_a_recipe_that_cannot_be_drawn_is_refused(values: dict[str, object], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Recipe(**values)  # type: ignore[arg-type]


def test_oklch_gives_the_known_colours_of_srgb() -> None:
    lightness, chroma, hue = np.array([0.62796, 0.0, 1.0]), np.array([0.25768, 0.0, 0.0]), np.array([0.51023, 0.0, 0.0])
    rgb = np.rint(oklch(lightness, chroma, hue) * 255)
    assert np.abs(rgb - [[255, 0, 0], [0, 0, 0], [255, 255, 255]]).max() <= 1


def test_a_colour_outside_the_gamut_keeps_its_hue_and_loses_chroma() -> None:
    inside = oklch(np.array(0.7), np.array(0.4), np.array(2.5))
    assert ((inside >= 0) & (inside <= 1)).all()
    assert inside[1] > inside[0] > inside[2] or inside[1] > inside[2]
