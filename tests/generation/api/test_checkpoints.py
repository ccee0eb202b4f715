"""The registry of models over the API."""

from typing import Any

import pytest

from generation.models import Checkpoint
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/checkpoints"


def test_anyone_reads_published_checkpoints_in_one_query(django_assert_num_queries: Any) -> None:
    for number in range(4):
        factories.checkpoint(slug=f"model-{number}", architecture={"families": ["waves"]})
    Checkpoint.objects.filter(slug="model-1").update(state=Checkpoint.State.RETIRED)
    with django_assert_num_queries(1):
        results = client().get(ADDRESS).json()["results"]

    assert [one["slug"] for one in results] == ["model-3", "model-2", "model-0"]
    assert results[0]["families"] == ["waves"]
    assert results[0]["licence_spdx"] == "CC0-1.0"


def test_a_checkpoint_shows_its_card_and_the_run_that_made_it() -> None:
    version = factories.dataset_version()
    run = factories.training_run(version)
    model = factories.checkpoint(training_run=run, card={"kid": "0.020"})
    body = client().get(f"{ADDRESS}/{model.slug}").json()

    assert body["card"] == {"kid": "0.020"}
    assert body["weights_sha256"] == model.weights_sha256
    assert body["training"]["name"] == run.name
    assert body["training"]["datasets"] == [f"{version.dataset.slug}@{version.version}"]


def test_a_retired_checkpoint_stays_readable_and_one_without_a_run_says_so() -> None:
    model = factories.checkpoint(state=Checkpoint.State.RETIRED)
    body = client().get(f"{ADDRESS}/{model.slug}").json()

    assert (body["state"], body["training"]) == ("retired", None)


def test_an_unknown_checkpoint_is_not_there() -> None:
    refused(client().get(f"{ADDRESS}/nobody"), 404, "not_found")
