"""Works of every kind get named scores with a range, a meaning and words; what is bad stands below what is good."""

import io

import numpy as np
import pytest
from PIL import Image

from generation.engines.base import Companion, FileWork, Picture, Text
from generation.evaluation import looks, novelty, pieces, texts, words
from generation.training.studio import FAMILIES, Recipe, render

STUDIO = {family: render(Recipe(family, 900, 0)) for family in FAMILIES}
NOISE = np.random.default_rng(5).integers(0, 256, (128, 128, 3)).astype(np.uint8)
FLAT = np.full((96, 160, 3), 120, np.uint8)


def test_noise_and_flats_are_technically_worse_than_any_studio_picture() -> None:
    worst = min(looks.scores(picture)["technical"] for picture in STUDIO.values())
    assert max(looks.scores(bad)["technical"] for bad in (NOISE, FLAT)) < worst / 2
    assert looks.scores(FLAT)["composition"] == 0
    assert looks.scores(NOISE)["composition"] < min(looks.scores(one)["composition"] for one in STUDIO.values())


def test_blur_costs_sharpness_and_added_noise_is_measured() -> None:
    picture = STUDIO["poster"]
    blurred = np.array(Image.fromarray(picture).resize((16, 16), Image.Resampling.BICUBIC).resize((256, 256)))
    assert looks.scores(blurred)["sharpness"] < looks.scores(picture)["sharpness"] / 4
    grainy = np.clip(120 + np.random.default_rng(1).normal(0, 10, (200, 200, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
    assert looks.scores(grainy)["noise"] == pytest.approx(10, rel=0.1)


def test_black_and_white_corners_count_as_clipped_and_mirrors_as_symmetric() -> None:
    halves = np.full((100, 100, 3), 128, np.uint8)
    halves[:25] = 255
    assert looks.scores(halves)["clipping"] == 0.25
    assert looks.scores(halves)["symmetry"] == 1


@pytest.mark.parametrize("shape", [(16, 16), (16, 320), (33, 17), (129, 4096)])
def test_pictures_of_any_shape_are_scored(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    scores = pieces.scores(Picture(picture))
    assert all(np.isfinite(value) for value in scores.values() if isinstance(value, float))
    assert pieces.quality(scores) is not None


def test_the_same_picture_is_not_new_whatever_its_size_or_compression() -> None:
    house = np.stack([novelty.descriptor(picture) for picture in STUDIO.values()])
    picture = STUDIO["waves"]
    buffer = io.BytesIO()
    Image.fromarray(picture).resize((640, 640), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=60)
    again = np.array(Image.open(buffer))
    assert pieces.scores(Picture(again), house=house)["novelty"] < 0.05
    other = pieces.scores(Picture(render(Recipe("waves", 77_000, 0))), house=house, training=house)
    assert other["novelty"] == other["novelty_training"] > 0.15


def test_a_descriptor_survives_as_text_and_other_text_is_none() -> None:
    own = novelty.descriptor(STUDIO["ink"])
    back = novelty.from_text(novelty.as_text(own))
    assert back is not None
    assert (back == own).all()
    for other in ("grid64:00", "other:" + "00" * 64, "grid64:" + "zz" * 64, 7, None):
        assert novelty.from_text(other) is None
    assert novelty.nearest(own, np.empty((0, 64), np.int8)) == (-1, float("inf"))


VERSE = "床前明月光，\n疑是地上霜。\n舉頭望明月，\n低頭思故鄉。"


@pytest.mark.parametrize(
    ("good", "bad", "name"),
    [
        (VERSE, "床前床前床前床前，\n床前床前床前床前。", "distinct"),
        (VERSE, "床前明月光，\n疑是地上霜雪。\n舉頭望，\n低頭思故鄉。", "form"),
        ("The harbour is quiet. Boats rest.", "the the the harbour the the", "fluency"),
        ("The harbour is quiet.", "The harbour is quiet and", "fluency"),
        ("The harbour is quiet.", "", "fluency"),
        ("The harbour is quiet.", "��� ��� harbour", "fluency"),
    ],
)
def test_a_text_that_lost_something_scores_lower(good: str, bad: str, name: str) -> None:
    assert texts.scores(bad)[name] < texts.scores(good)[name]
    assert texts.scores(bad)["score"] < texts.scores(good)["score"]


def test_facts_count_only_where_they_were_asked_for() -> None:
    assert "facts" not in pieces.scores(Text(VERSE, "zh"))
    scores = pieces.scores(Text("Open daily.", "en"), facts_met=[True, False])
    assert (scores["facts"], pieces.quality(scores)) == (0.5, scores["score"])


def test_a_sculpture_is_scored_by_its_mesh_and_a_film_by_its_still() -> None:
    import trimesh

    stl = trimesh.creation.icosphere(subdivisions=3, radius=30).export(file_type="stl")
    still = STUDIO["rosette"]
    form = FileWork(
        "sculpture", "model/gltf-binary", b"glb", still, (128, 128), {"stl": Companion("model/stl", ".stl", stl)}
    )
    scores = pieces.scores(form)
    assert (scores["valid"], scores["bodies"]) == (1, 1)
    assert scores["volume_cm3"] == pytest.approx(113, rel=0.03)
    assert pieces.quality(scores) == scores["score"]
    film = pieces.scores(FileWork("motion", "video/mp4", b"mp4", still, (128, 128)))
    assert "colourfulness" in film
    assert "valid" not in film


def test_every_score_that_is_kept_is_told_with_range_meaning_and_words() -> None:
    house = np.stack([novelty.descriptor(STUDIO["ink"])])
    kept = pieces.scores(Picture(STUDIO["poster"]), house=house, training=house)
    told = words.describe(kept)
    assert set(told) == set(kept) - {pieces.DESCRIPTOR}
    for name, score in told.items():
        low, high = score["range"]
        assert score["value"] >= (float("-inf") if low is None else low), name
        assert score["value"] <= (float("inf") if high is None else high), name
        assert score["meaning"]
        assert score["words"]
    assert words.describe({pieces.DESCRIPTOR: "grid64:00", "unheard_of": 1.0}) == {}


def test_words_follow_the_value() -> None:
    assert [words.describe({"colourfulness": value})["colourfulness"]["words"] for value in (3, 90)] == [
        "Muted",
        "Vivid",
    ]
