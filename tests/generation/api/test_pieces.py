"""Finished pieces over the API."""

from typing import Any

import pytest

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
