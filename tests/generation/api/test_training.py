"""Training runs for anyone; and for operators, trainings that are asked for, followed and stopped."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.models import AuditLine
from generation.models import TrainingJob
from generation.training_runs import TrainingRefused
from tests import factories
from tests.api import client, refused
from tests.generation.api.test_fleet import operator

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/training-jobs"
WISH = {"slug": "palette-9", "config_toml": "seed = 7\n"}


@pytest.fixture
def _any_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a configuration may say is for the trainers' tests: here one word stands for a bad one."""

    def plan(text: str, **_: Any) -> None:
        if "bad" in text:
            raise TrainingRefused("The configuration names no trainer.")

    monkeypatch.setattr("generation.training_runs.plan", plan)


def test_anyone_reads_runs_and_what_they_go_back_to() -> None:
    version = factories.dataset_version()
    first = factories.training_run(version, metrics={"kid": 0.01}, seed=2**62)
    later = factories.training_run(version, parent=first)
    model = factories.checkpoint(training_run=first)
    listed = client().get("/api/v1/training-runs").json()["results"]
    body = client().get(f"/api/v1/training-runs/{first.name}").json()

    assert [one["name"] for one in listed] == [later.name, first.name]
    assert listed[0]["parent"] == first.name
    assert "config" not in listed[0]
    assert (body["seed"], body["metrics"], body["checkpoints"]) == (str(2**62), {"kid": 0.01}, [model.slug])
    assert body["datasets"] == [f"{version.dataset.slug}@{version.version}"]
    refused(client().get("/api/v1/training-runs/nobody"), 404, "not_found")


def test_the_queries_of_the_list_do_not_grow(django_assert_num_queries: Any) -> None:
    for _ in range(4):
        factories.training_run(factories.dataset_version())
    with django_assert_num_queries(3):  # runs, versions, datasets
        client().get("/api/v1/training-runs")


@pytest.mark.usefixtures("_any_config")
def test_an_operator_asks_for_a_training_follows_and_stops_it() -> None:
    person = client(operator("add_trainingjob"))
    response = person.post(JOBS, WISH)
    body = response.json()

    assert response.status_code == 202
    assert response["Location"] == f"{JOBS}/{body['id']}"
    assert (body["slug"], body["state"], body["config_toml"]) == ("palette-9", "waiting", "seed = 7\n")
    assert "config_toml" not in person.get(JOBS).json()["results"][0]
    stopped = person.post(f"{JOBS}/{body['id']}/cancel").json()
    assert stopped["state"] == "cancelled"
    refused(person.post(f"{JOBS}/{body['id']}/cancel"), 409, "invalid_transition")
    actions = AuditLine.objects.filter(subject_id=body["id"]).values_list("action", flat=True)
    assert list(actions) == ["training.requested", "training.cancelled"]


@pytest.mark.usefixtures("_any_config")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"slug": "no slug!"}, "invalid"),
        ({"slug": "a" * 51}, "invalid"),
        ({"config_toml": ""}, "invalid"),
        ({"config_toml": "#" * 70_000}, "invalid"),
        ({"config_toml": "bad"}, TrainingRefused.code),
    ],
)
def test_what_cannot_be_trained_is_refused_and_nothing_is_written(wrong: dict[str, Any], code: str) -> None:
    response = client(operator("add_trainingjob")).post(JOBS, {**WISH, **wrong})

    assert response.json()["code"] == code
    assert not TrainingJob.objects.exists()


@pytest.mark.usefixtures("_any_config")
def test_nobody_else_may() -> None:
    job = TrainingJob.objects.create(requested_by=factories.user(), **WISH)
    for person, status, code in (
        (factories.user(), 403, "permission_denied"),
        (operator("view_worker"), 403, "permission_denied"),
        (None, 401, "not_authenticated"),
    ):
        stranger = client(person)
        refused(stranger.post(JOBS, {**WISH, "slug": "mine"}), status, code)
        refused(stranger.get(JOBS), status, code)
        refused(stranger.get(f"{JOBS}/{job.pk}"), status, code)
        refused(stranger.post(f"{JOBS}/{job.pk}/cancel"), status, code)
    assert list(TrainingJob.objects.values_list("slug", "state")) == [("palette-9", "waiting")]


def test_in_the_admin_operators_stop_the_chosen_trainings(client: Client) -> None:
    person = factories.user(is_staff=True, is_superuser=True)
    client.force_login(person)
    waiting = TrainingJob.objects.create(requested_by=person, **WISH)
    over = TrainingJob.objects.create(requested_by=person, slug="old", config_toml="", state="finished")
    form = {"action": "stop", "_selected_action": [str(waiting.pk), str(over.pk)]}
    response = client.post(reverse("admin:generation_trainingjob_changelist"), form, follow=True)

    assert "over already" in response.content.decode()
    waiting.refresh_from_db()
    over.refresh_from_db()
    assert (waiting.state, over.state) == ("cancelled", "finished")
