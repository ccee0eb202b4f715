"""Workers, queues and what is left of a day: who may see them, and what they say."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from common.models import User
from generation import jobs
from generation.models import Worker
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


def operator(*codenames: str) -> User:
    person = factories.user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="generation", codename__in=codenames))
    return person


@pytest.mark.parametrize("address", ["/api/v1/generation-workers", "/api/v1/generation-queues"])
def test_only_staff_with_the_right_see_the_fleet(address: str) -> None:
    assert client(operator("view_worker")).get(address).status_code == 200
    refused(client(factories.reviewer()).get(address), 403, "permission_denied")
    refused(client(factories.user()).get(address), 403, "permission_denied")
    refused(client().get(address), 401, "not_authenticated")


def test_workers_are_listed_by_their_last_sign_of_life() -> None:
    for name in ("a:1", "b:2"):
        Worker.objects.create(name=name, queues="pictures", device="cpu", pieces=3)
    results = client(operator("view_worker")).get("/api/v1/generation-workers").json()["results"]

    assert [one["name"] for one in results] == ["b:2", "a:1"]
    assert (results[0]["queues"], results[0]["device"], results[0]["pieces"]) == ("pictures", "cpu", 3)


def test_a_queue_says_what_waits_and_what_runs() -> None:
    model = factories.checkpoint(architecture={"families": ["waves"]})
    jobs.request(requested_by=factories.user(), checkpoint=model, parameters={}, count=5)
    jobs.claim(owner="worker", limit=2)
    queues = client(operator("view_worker")).get("/api/v1/generation-queues").json()["queues"]

    [pictures] = [one for one in queues if one["queue"] == "pictures"]
    assert (pictures["waiting"], pictures["running"]) == (3, 2)
    assert pictures["oldest_wait_seconds"] >= 0


def test_everybody_sees_what_is_left_of_their_own_day(settings: Any) -> None:
    settings.GENERATION_PIECES_PER_DAY, settings.GENERATION_WAITING_SLOTS = 10, 4
    factories.checkpoint(slug="palette", architecture={"families": ["waves"]})
    person = client(factories.user())
    person.post("/api/v1/generations", {"checkpoint": "palette", "count": 3})
    body = person.get("/api/v1/me/generation-quota").json()
    response = person.post("/api/v1/generations", {"checkpoint": "palette", "count": 8})

    assert (body["per_day"], body["asked_today"], body["left_today"]) == (10, 3, 7)
    assert (body["may_wait"], body["waiting"], body["left_now"]) == (4, 3, 1)
    refused(response, 429, "quota_exceeded")
    assert int(response["Retry-After"]) > 0
    assert person.get("/api/v1/me/generation-quota").json() == body
