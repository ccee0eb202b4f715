"""Finished pieces over the API."""

from typing import Any

import pytest

from licensing.models import Review
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/pieces"


def test_my_pieces_take_three_queries_and_nobody_elses_are_among_them(django_assert_num_queries: Any) -> None:
    maker = factories.user()
    mine = [factories.piece(maker) for _ in range(4)]
    factories.piece(factories.user())
    person = client(maker)
    with django_assert_num_queries(3):  # session, person, list
        results = person.get(ADDRESS).json()["results"]

    assert [one["id"] for one in results] == [str(piece.pk) for piece in reversed(mine)]


def test_a_piece_shows_its_maker_all_that_made_it() -> None:
    maker = factories.user()
    piece = factories.piece(maker)
    body = client(maker).get(f"{ADDRESS}/{piece.pk}").json()

    assert body["seed"] == str(piece.seed)
    assert body["parameters"] == piece.parameters
    assert body["profile"] == piece.profile
    assert body["generation"] == str(piece.slot.job_id)
    assert "master_name" not in body


def test_to_a_stranger_a_piece_is_not_there() -> None:
    piece = factories.piece(factories.user())

    refused(client(factories.user()).get(f"{ADDRESS}/{piece.pk}"), 404, "not_found")
    refused(client().get(f"{ADDRESS}/{piece.pk}"), 401, "not_authenticated")


def test_scores_come_with_range_meaning_and_words_and_what_is_no_score_stays_inside() -> None:
    maker = factories.user()
    piece = factories.piece(maker, scores={"colourfulness": 82.5, "descriptor": [1, 2, 3], "volume_cm3": 4.0})
    scores = client(maker).get(f"{ADDRESS}/{piece.pk}").json()["scores"]

    assert set(scores) == {"colourfulness", "volume_cm3"}
    assert (scores["colourfulness"]["value"], scores["colourfulness"]["words"]) == (82.5, "Vivid")
    assert scores["colourfulness"]["range"] == [0.0, None]
    assert scores["volume_cm3"]["words"] == ""


def test_other_kinds_of_work_are_shown_with_companions_but_never_where_they_lie() -> None:
    maker = factories.user()
    stl = {"name": "ab/secret.stl", "sha256": "ab" * 32, "media_type": "model/stl"}
    piece = factories.piece(
        maker,
        kind="sculpture",
        media_type="model/gltf-binary",
        width=None,
        height=None,
        companions={"stl": stl},
        device_seconds="1.5",
        cost="0.000250",
        cost_currency="EUR",
    )
    body = client(maker).get(f"{ADDRESS}/{piece.pk}").json()
    factories.piece(maker)
    listed = client(maker).get(ADDRESS, {"kind": "sculpture"}).json()["results"]

    assert body["companions"] == [{"name": "stl", "media_type": "model/stl", "sha256": "ab" * 32}]
    assert "secret" not in str(body)
    assert (body["width"], body["cost"]["amount"], body["cost"]["device_seconds"]) == (None, "0.000250", "1.500")
    assert [one["id"] for one in listed] == [str(piece.pk)]
    refused(client(maker).get(ADDRESS, {"kind": "symphony"}), 400, "invalid")


def test_a_work_that_papers_cannot_be_written_into_is_not_reviewed_and_says_why() -> None:
    maker = factories.user()
    piece = factories.piece(maker, kind="sound", media_type="audio/flac", width=None, height=None)
    body = refused(client(maker).post("/api/v1/reviews", {"piece": str(piece.pk)}), 409, "papers_missing")

    assert "No papers can be given to a file of type audio/flac, so this sound cannot be reviewed" in body["detail"]
    assert not Review.objects.exists()
