"""Estimates: from what was measured here, and silence where nothing was."""

from typing import Any

import pytest
from django.utils import timezone

from generation import jobs
from generation.models import Benchmark, Checkpoint, Job, Worker
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/generations/estimate"


@pytest.fixture
def model() -> Checkpoint:
    return factories.checkpoint(slug="palette", architecture={"families": ["waves"]})


def measure(model: Checkpoint, side: int, seconds: str, *, device: str = "cpu AVX512") -> Benchmark:
    return Benchmark.objects.create(
        checkpoint=model,
        device=device,
        threads=1,
        setting={"width": side, "height": side},
        label=f"{side} × {side}",
        pieces=8,
        seconds_per_piece=seconds,
    )


def wish(side: int = 1024, **other: Any) -> dict[str, Any]:
    return {"checkpoint": "palette", "parameters": {"width": side, "height": side}, "count": 4, **other}


def test_what_was_never_measured_is_not_guessed(model: Checkpoint) -> None:
    body = client(factories.user()).post(ADDRESS, wish()).json()

    assert body["basis"] == "not_measured"
    assert (body["seconds"], body["cost"], body["wait_seconds"]) == (None, None, None)
    assert "was not measured" in body["explanation"]
    assert Job.objects.count() == 0


def test_what_was_measured_is_multiplied_and_priced(model: Checkpoint, settings: Any) -> None:
    settings.DEVICE_PRICE_PER_HOUR = type(settings.DEVICE_PRICE_PER_HOUR)("3.60")
    measure(model, 1024, "0.5")
    measure(model, 512, "0.2")
    body = client(factories.user()).post(ADDRESS, wish()).json()

    assert (body["basis"], body["seconds"], body["wait_seconds"]) == ("measured", "2.0", "0.0")
    assert body["cost"] == {"amount": "0.002000", "currency": "EUR"}
    assert body["explanation"].startswith("8 pieces of 1024 × 1024 took 0.5 s each on cpu AVX512, 1 thread, on ")


def test_another_size_is_scaled_by_its_pixels_and_says_so(model: Checkpoint) -> None:
    measure(model, 512, "0.2")
    body = client(factories.user()).post(ADDRESS, wish()).json()

    assert (body["basis"], body["seconds"]) == ("scaled", "3.2")
    assert "scaled by the number of pixels" in body["explanation"]


def test_the_device_that_is_at_work_here_is_preferred(model: Checkpoint) -> None:
    Worker.objects.create(name="w", queues="pictures", device="cpu")
    Worker.objects.create(name="gone", queues="pictures", device="cuda:0", state="gone")
    Worker.objects.create(name="silent", queues="pictures", device="cuda:0", beat_at=timezone.now().replace(year=2020))
    measure(model, 1024, "0.01", device="cuda:0 H100")
    measure(model, 1024, "0.5")
    body = client(factories.user()).post(ADDRESS, wish()).json()

    assert (body["seconds"], body["workers"]) == ("2.0", 1)


def test_what_waits_before_is_counted_and_timed_if_all_of_it_was_measured(model: Checkpoint) -> None:
    measure(model, 1024, "0.5")
    other = factories.checkpoint(architecture={"families": ["waves"]})
    for checkpoint, count in ((model, 6), (other, 1)):
        jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters={}, count=count)
    unmeasured = client(factories.user()).post(ADDRESS, wish()).json()
    measure(other, 1024, "2")
    measured = client(factories.user()).post(ADDRESS, wish()).json()

    assert (unmeasured["before"], unmeasured["wait_seconds"]) == (7, None)
    assert (measured["before"], measured["wait_seconds"]) == (7, "5.0")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"checkpoint": "nobody"}, 404, "unknown_checkpoint"),
        ({"count": 65}, 400, "parameter_refused"),
        ({"parameters": {"width": 8}}, 400, "parameter_refused"),
        ({"inputs": {"content": "0190a5c0-0000-7000-8000-000000000000"}}, 404, "unknown_input"),
    ],
)
def test_what_cannot_be_made_is_not_estimated(model: Checkpoint, wrong: dict[str, Any], status: int, code: str) -> None:
    refused(client(factories.user()).post(ADDRESS, wish(**wrong)), status, code)


def test_a_guest_is_told_nothing(model: Checkpoint) -> None:
    refused(client().post(ADDRESS, wish()), 401, "not_authenticated")


def test_it_takes_as_many_queries_whatever_waits(model: Checkpoint, django_assert_num_queries: Any) -> None:
    measure(model, 1024, "0.5")
    for count in (5, 9):
        jobs.request(requested_by=factories.user(), checkpoint=model, parameters={}, count=count)
    person = client(factories.user())
    with django_assert_num_queries(7):  # session, person, checkpoint; workers, waiting, their means, measurements
        person.post(ADDRESS, wish())
