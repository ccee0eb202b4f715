"""The benchmark makes real pieces, keeps one row for each setting, and prints them; scores look at the house."""

import io
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from generation import benchmarking, checkpoints, datasets, scoring
from generation.engines.base import Companion, Made, Picture, Text
from generation.engines.parameters import spec_of
from generation.evaluation import novelty, pieces
from generation.models import Benchmark, Checkpoint
from generation.preparing import prepare
from generation.training.studio import Recipe, render
from tests import factories
from tests.generation.shipped import CHECKPOINT, DATASET

pytestmark = pytest.mark.django_db


@pytest.fixture
def _one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarking, "_SIDES", (256,))


def _benchmark(*options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("benchmark_checkpoints", *options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("_one_size")
def test_a_checkpoint_is_measured_by_pieces_really_made_and_again_in_place() -> None:
    datasets.install(DATASET)
    checkpoint = checkpoints.install(CHECKPOINT)
    shown, _ = _benchmark(checkpoint.slug, "--pieces", "2")
    row = Benchmark.objects.get()
    assert (row.label, row.pieces, row.setting) == ("256 × 256", 2, {"width": 256, "height": 256})
    assert row.device.startswith("cpu, ")
    assert row.seconds_per_piece > 0
    assert row.quality is not None
    assert 0.3 < row.quality <= 1
    assert row.scores["peak_memory_mb"] > 50
    assert "palette-field-1" in shown
    assert f"{row.seconds_per_piece:.3f}" in shown
    _benchmark(checkpoint.slug, "--pieces", "1")
    assert Benchmark.objects.get().pieces == 1


def test_what_cannot_be_measured_is_named_and_leaves_no_row() -> None:
    factories.checkpoint(slug="no-weights", architecture={"families": ["waves"]})
    factories.checkpoint(slug="gone", state=Checkpoint.State.RETIRED)
    assert "Not measured: no-weights." in _benchmark()[1]
    assert "No such checkpoint is published: gone." in _benchmark("gone")[1]
    assert "--pieces must be" in _benchmark("--pieces", "0")[1]
    assert not Benchmark.objects.exists()


def test_settings_follow_what_the_engine_can_be_asked() -> None:
    field = spec_of("palette-field", {"families": ["waves"]})
    assert [setting.label for setting in benchmarking.settings_of(field)] == ["512 × 512", "1024 × 1024", "2048 × 2048"]
    tool = benchmarking.settings_of(spec_of("upscale", {}))
    assert [(setting.label, setting.asked) for setting in tool] == [("as it is by default", {})]


def _picture(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return render(Recipe("waves", seed, 0))


def test_a_piece_is_compared_with_those_that_were_kept_before_it(settings: Any, tmp_path: Any) -> None:
    settings.DATASET_DIR = tmp_path
    scoring._house.cache_clear()
    checkpoint, person = factories.checkpoint(), factories.user()
    first = _scored(Made(Picture(_picture(1)), 1, {}, 0.1), checkpoint)
    assert "novelty" not in first
    factories.piece(person, scores=first)
    same = _scored(Made(Picture(_picture(1)), 1, {}, 0.1), checkpoint)
    other = _scored(Made(Picture(_picture(2)), 1, {}, 0.1), checkpoint)
    assert same["novelty"] == 0
    assert other["novelty"] > 0.05
    factories.piece(person, scores=other)
    assert _scored(Made(Picture(_picture(2)), 1, {}, 0.1), checkpoint)["novelty"] == 0
    scoring._house.cache_clear()


def test_the_house_remembers_its_newest_pieces_in_one_query_each(django_assert_num_queries: Any) -> None:
    person = factories.user()
    for seed in range(4):
        factories.piece(person, scores={pieces.DESCRIPTOR: novelty.as_text(novelty.descriptor(_picture(seed)))})
    factories.piece(person, scores={})
    house = scoring.House(newest=3)
    with django_assert_num_queries(2):
        assert len(house.descriptors()) == 3
        kept = house.descriptors()
    assert (kept[-1] == novelty.descriptor(_picture(3))).all()


def test_training_pictures_count_where_their_descriptors_are_shipped(settings: Any, tmp_path: Any) -> None:
    settings.DATASET_DIR = tmp_path
    version = factories.dataset_version()
    checkpoint = factories.checkpoint(training_run=factories.training_run(version))
    folder = tmp_path / f"{version.dataset.slug}-{version.version}"
    folder.mkdir()
    np.save(folder / novelty.FILE, np.stack([novelty.descriptor(_picture(1))]))
    scores = _scored(Made(Picture(_picture(1)), 1, {}, 0.1), checkpoint)
    assert scores["novelty_training"] == 0
    chain = factories.checkpoint()
    chain.components.add(checkpoint)
    assert _scored(Made(Picture(_picture(1)), 1, {}, 0.1), chain)["novelty_training"] == 0


def test_facts_that_an_engine_reports_are_scored() -> None:
    scores = _scored(Made(Text("Open daily.", "en"), 1, {"facts_met": [True, False]}, 0.1), factories.checkpoint())
    assert scores["facts"] == 0.5


def test_a_piece_is_not_lost_over_its_scores() -> None:
    broken = {"stl": Companion("model/stl", ".stl", b"no mesh")}
    work = Picture(_picture(1), broken, kind="sculpture")
    assert _scored(Made(work, 1, {}, 0.1), factories.checkpoint()) == {}


def _scored(made: Made, checkpoint: Checkpoint) -> dict[str, Any]:
    return scoring.scores(made, checkpoint, prepare(made.work))
