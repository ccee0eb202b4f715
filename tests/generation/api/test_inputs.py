"""Input works over the API: brought with a right, seen by their owner alone, and used in a generation."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generation.models import Checkpoint, InputWork, Job
from tests import factories
from tests.api import client, refused
from tests.generation.test_inputs import files, picture

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/inputs"


def form(data: bytes | None = None, **other: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("style.png", picture() if data is None else data, "image/png")
    return {"file": file, "licence_spdx": "CC-BY-4.0", "rights_holder": "Ada Example", **other}


@pytest.fixture
def model() -> Checkpoint:
    return factories.checkpoint(slug="patches", engine="style-transfer", architecture={"swatches": ["ink"]})


def test_a_picture_is_brought_listed_read_and_deleted() -> None:
    owner = factories.user()
    person = client(owner)
    response = person.post(ADDRESS, form(source="https://example.org/1"), format="multipart")
    body = response.json()

    assert response.status_code == 201
    assert response["Location"] == f"{ADDRESS}/{body['id']}"
    assert (body["licence_spdx"], body["rights_holder"], body["used"]) == ("CC-BY-4.0", "Ada Example", False)
    assert "name" not in body
    assert person.get(response["Location"]).json() == body
    assert person.get(ADDRESS).json()["results"] == [body]
    assert person.delete(response["Location"]).status_code == 204
    assert not InputWork.objects.exists()


def test_a_piece_of_mine_is_named_and_one_of_others_is_not_there() -> None:
    owner = factories.user()
    mine, foreign = factories.piece(owner), factories.piece(factories.user())
    body = client(owner).post(ADDRESS, {"piece": str(mine.pk)}).json()

    assert (body["origin"], body["piece"], body["sha256"]) == ("piece", str(mine.pk), mine.content_sha256)
    refused(client(owner).post(ADDRESS, {"piece": str(foreign.pk)}), 404, "not_found")
    assert InputWork.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"licence_spdx": ""}, 422, "input_right_missing"),
        ({"licence_spdx": "a" * 61}, 400, "invalid"),
        ({"rights_holder": ""}, 422, "input_right_missing"),
        ({"rights_holder": "a\x00b"}, 400, "invalid"),
        ({"source": "a" * 301}, 400, "invalid"),
        ({"file": "words"}, 400, "invalid"),
        ({"file": SimpleUploadedFile("a.png", b"")}, 400, "invalid"),
        ({"file": SimpleUploadedFile("a.png", b"GIF89a")}, 422, "input_refused"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(wrong: dict[str, Any], status: int, code: str) -> None:
    owner = factories.user()
    refused(client(owner).post(ADDRESS, form(**wrong), format="multipart"), status, code)

    assert not InputWork.objects.exists()
    assert files(owner) == []


def test_a_form_longer_than_any_picture_is_refused_by_its_stated_length(settings: Any) -> None:
    settings.INPUT_MAX_BYTES = 1000
    long = form(b"\x89PNG" + b"\x00" * 80_000)
    refused(client(factories.user()).post(ADDRESS, long, format="multipart"), 413, "payload_too_large")
    short = form(b"\x89PNG" + b"\x00" * 2_000)
    refused(client(factories.user()).post(ADDRESS, short, format="multipart"), 413, "payload_too_large")

    assert not InputWork.objects.exists()


def test_one_key_is_for_one_file_whatever_its_name() -> None:
    person = client(factories.user())
    key = {"Idempotency-Key": "style-1"}
    first = person.post(ADDRESS, form(), format="multipart", headers=key)
    again = person.post(ADDRESS, form(), format="multipart", headers=key)
    other = person.post(ADDRESS, form(picture(size=(50, 50))), format="multipart", headers=key)

    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    refused(other, 422, "idempotency_key_reused")
    assert InputWork.objects.count() == 1


def test_to_a_stranger_it_is_not_there_and_it_cannot_be_used(model: Checkpoint) -> None:
    work = client(factories.user()).post(ADDRESS, form(), format="multipart").json()["id"]
    stranger = client(factories.user())

    refused(stranger.get(f"{ADDRESS}/{work}"), 404, "not_found")
    refused(stranger.delete(f"{ADDRESS}/{work}"), 404, "not_found")
    refused(client().post(ADDRESS, form(), format="multipart"), 401, "not_authenticated")
    wish = {"checkpoint": "patches", "inputs": {"content": work}}
    refused(stranger.post("/api/v1/generations", wish), 404, "unknown_input")
    assert stranger.get(ADDRESS).json()["results"] == []
    assert (InputWork.objects.count(), Job.objects.count()) == (1, 0)


def test_a_generation_takes_inputs_by_role_and_they_stay_from_then_on(model: Checkpoint) -> None:
    person = client(factories.user())
    work = person.post(ADDRESS, form(), format="multipart").json()["id"]
    wish = {"checkpoint": "patches", "inputs": {"content": work}}
    body = person.post("/api/v1/generations", wish).json()

    assert body["inputs"] == {"content": work}
    assert person.get(f"/api/v1/generations/{body['id']}").json()["inputs"] == {"content": work}
    assert person.get(f"{ADDRESS}/{work}").json()["used"] is True
    refused(person.delete(f"{ADDRESS}/{work}"), 409, "input_in_use")
    assert InputWork.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "parameter_refused"),
        ({"content": "not-a-uuid"}, 400, "invalid"),
        ({"content": None}, 400, "invalid"),
        ([], 400, "invalid"),
        ({f"role-{n}": "0190a5c0-0000-7000-8000-000000000000" for n in range(9)}, 400, "invalid"),
        ({"content": "0190a5c0-0000-7000-8000-000000000000"}, 404, "unknown_input"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_and_nothing_is_asked_for(
    model: Checkpoint, given: Any, status: int, code: str
) -> None:
    refused(
        client(factories.user()).post("/api/v1/generations", {"checkpoint": "patches", "inputs": given}), status, code
    )

    assert Job.objects.count() == 0


def test_a_role_that_the_engine_does_not_know_is_named(model: Checkpoint) -> None:
    person = client(factories.user())
    work = person.post(ADDRESS, form(), format="multipart").json()["id"]
    wish = {"checkpoint": "patches", "inputs": {"content": work, "sound": work}}
    body = refused(person.post("/api/v1/generations", wish), 400, "parameter_refused")

    assert list(body["errors"]) == ["sound"]
    assert Job.objects.count() == 0


def test_a_list_takes_three_queries_however_long(django_assert_num_queries: Any) -> None:
    person = client(factories.user())
    for side in range(20, 25):
        person.post(ADDRESS, form(picture(size=(side, side))), format="multipart")
    with django_assert_num_queries(3):  # session, person, list
        assert len(person.get(ADDRESS).json()["results"]) == 5
