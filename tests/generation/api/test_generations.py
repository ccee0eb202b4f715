"""Asking for pieces over the API, and watching them being made."""

from typing import Any

import pytest
from django.utils import timezone

from generation import jobs
from generation.models import Checkpoint, Job, Slot
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/generations"


@pytest.fixture
def model() -> Checkpoint:
    return factories.checkpoint(slug="palette", architecture={"families": ["waves", "ridges"]})


def _wish(**other: Any) -> dict[str, Any]:
    return {"checkpoint": "palette", "parameters": {"width": 512, "height": 256}, "seed": 7, "count": 2, **other}


def test_a_request_is_accepted_at_once_and_its_job_can_be_followed(model: Checkpoint) -> None:
    person = client(factories.user())
    response = person.post(ADDRESS, _wish(prompt="Evening."))
    body = response.json()

    assert response.status_code == 202
    assert response["Location"] == f"{ADDRESS}/{body['id']}"
    assert (body["checkpoint"], body["seed"], body["count"], body["prompt"]) == ("palette", "7", 2, "Evening.")
    assert body["parameters"]["family"] == "waves"
    assert body["progress"] == {"waiting": 2, "claimed": 0, "finished": 0, "failed": 0, "cancelled": 0}
    assert [(slot["index"], slot["seed"], slot["state"], slot["piece"]) for slot in body["slots"]] == [
        (0, "7", "waiting", None),
        (1, "8", "waiting", None),
    ]
    assert person.get(response["Location"]).json() == body


def test_a_seed_is_chosen_if_none_is_given_and_large_ones_survive_json(model: Checkpoint) -> None:
    person = client(factories.user())
    chosen = person.post(ADDRESS, {"checkpoint": "palette"}).json()
    largest = person.post(ADDRESS, _wish(seed=str(2**63 - 2), count=1)).json()

    assert 0 <= int(chosen["seed"]) < 2**63
    assert largest["seed"] == str(2**63 - 2)


def test_the_place_in_the_queue_is_the_number_of_slots_that_come_first(model: Checkpoint) -> None:
    for count in (3, 2):
        client(factories.user()).post(ADDRESS, _wish(count=count))
    person = client(factories.user())
    mine = person.post(ADDRESS, _wish()).json()
    assert mine["ahead"] == 2, "accounts take turns"

    jobs.claim(owner="worker", limit=2)
    assert person.get(f"{ADDRESS}/{mine['id']}").json()["ahead"] == 0


def test_finished_and_failed_slots_are_told_apart(model: Checkpoint) -> None:
    maker = factories.user()
    job = Job.objects.get(pk=client(maker).post(ADDRESS, _wish(count=2)).json()["id"])
    failed, _ = job.slots.order_by("index")
    piece = factories.piece(maker, of=factories.job(maker, model=model))
    slot = failed
    Slot.objects.filter(pk=slot.pk).update(
        state="failed", finished_at=timezone.now(), error_code="out_of_memory", error_detail="Too large."
    )
    body = client(maker).get(f"{ADDRESS}/{job.pk}").json()

    assert body["progress"]["failed"] == 1
    assert (body["slots"][0]["error_code"], body["slots"][0]["error_detail"]) == ("out_of_memory", "Too large.")
    made = client(maker).get(f"{ADDRESS}/{piece.slot.job_id}").json()
    assert made["ahead"] is None
    assert made["slots"][0]["piece"]["id"] == str(piece.pk)
    assert made["slots"][0]["piece"]["scores"] == piece.scores


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"checkpoint": "nobody-knows"}, 404, "unknown_checkpoint"),
        ({"checkpoint": "a" * 51}, 400, "invalid"),
        ({"seed": -1}, 400, "invalid"),
        ({"seed": "seven"}, 400, "invalid"),
        ({"seed": "²"}, 400, "invalid"),
        ({"seed": 2**70}, 400, "invalid"),
        ({"seed": str(2**70)}, 400, "invalid"),
        ({"seed": 7.5}, 400, "invalid"),
        ({"seed": True}, 400, "invalid"),
        ({"seed": 2**63 - 1}, 400, "parameter_refused"),
        ({"count": 0}, 400, "parameter_refused"),
        ({"count": 10_000}, 400, "parameter_refused"),
        ({"count": -(2**70)}, 400, "parameter_refused"),
        ({"count": "many"}, 400, "invalid"),
        ({"count": None}, 400, "invalid"),
        ({"prompt": "a" * 2001}, 400, "invalid"),
        ({"parameters": []}, 400, "invalid"),
        ({"parameters": {"width": 8}}, 400, "parameter_refused"),
        ({"parameters": {"width": 40_000, "height": 40_000}}, 400, "parameter_refused"),
        ({"parameters": {"width": "²"}}, 400, "parameter_refused"),
        ({"parameters": {"width": "9" * 6000}}, 400, "parameter_refused"),
        ({"parameters": {"width": 512.5}}, 400, "parameter_refused"),
        ({"parameters": {"family": "cats"}}, 400, "parameter_refused"),
        ({"parameters": {"family": ["waves"]}}, 400, "parameter_refused"),
        ({"parameters": {"family": {"a": 1}}}, 400, "parameter_refused"),
        ({"parameters": {"grain": "NaN"}}, 400, "parameter_refused"),
        ({"parameters": {"grain": "Infinity"}}, 400, "parameter_refused"),
        ({"parameters": {"grain": "1e999999999999"}}, 400, "parameter_refused"),
        ({"parameters": {"grain": [0]}}, 400, "parameter_refused"),
        ({"parameters": {"truncation": -0.1}}, 400, "parameter_refused"),
        ({"parameters": {"steps": 50}}, 400, "parameter_refused"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    model: Checkpoint, wrong: dict[str, Any], status: int, code: str
) -> None:
    refused(client(factories.user()).post(ADDRESS, _wish(**wrong)), status, code)

    assert (Job.objects.count(), Slot.objects.count()) == (0, 0)


def test_a_retired_checkpoint_makes_nothing(model: Checkpoint) -> None:
    Checkpoint.objects.update(state=Checkpoint.State.RETIRED)

    refused(client(factories.user()).post(ADDRESS, _wish()), 404, "unknown_checkpoint")
    assert Job.objects.count() == 0


def test_cancelling_stops_what_is_not_made_and_may_be_done_twice(model: Checkpoint) -> None:
    person = client(factories.user())
    job = person.post(ADDRESS, _wish()).json()["id"]
    first, again = (person.post(f"{ADDRESS}/{job}/cancel") for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["progress"]["cancelled"] == 2
    assert first.json()["cancelled_at"] is not None
    assert again.json() == first.json()


def test_other_peoples_generations_are_not_there(model: Checkpoint) -> None:
    job = client(factories.user()).post(ADDRESS, _wish()).json()["id"]
    stranger = client(factories.user())

    refused(stranger.get(f"{ADDRESS}/{job}"), 404, "not_found")
    refused(stranger.post(f"{ADDRESS}/{job}/cancel"), 404, "not_found")
    refused(stranger.get(f"{ADDRESS}/not-a-uuid"), 404, "not_found")
    assert stranger.get(ADDRESS).json()["results"] == []
    assert jobs.progress(Job.objects.get(pk=job)) == {"waiting": 2}


def test_a_list_takes_three_queries_however_long(model: Checkpoint, django_assert_num_queries: Any) -> None:
    maker = factories.user()
    person = client(maker)
    for _ in range(5):
        factories.piece(maker, of=factories.job(maker, model=model))
    with django_assert_num_queries(3):  # session, person, list
        response = person.get(ADDRESS)

    assert [one["progress"]["finished"] for one in response.json()["results"]] == [1] * 5


def test_one_generation_takes_as_many_queries_for_eight_slots_as_for_one(
    model: Checkpoint, django_assert_num_queries: Any
) -> None:
    maker = factories.user()
    job = factories.job(maker, model=model, count=8)
    for _ in range(8):
        factories.piece(maker, of=job)
    person = client(maker)
    with django_assert_num_queries(5):  # session, person, job, slots with their pieces, inputs
        response = person.get(f"{ADDRESS}/{job.pk}")

    assert len(response.json()["slots"]) == 8
