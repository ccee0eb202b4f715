"""Training data over the API."""

from typing import Any

import pytest

from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/datasets"


def test_anyone_reads_datasets_with_their_versions_in_two_queries(django_assert_num_queries: Any) -> None:
    versions = [factories.dataset_version() for _ in range(3)]
    with django_assert_num_queries(2):
        results = client().get(ADDRESS).json()["results"]

    assert len(results) == 3
    assert {one["versions"][0]["merkle_root"] for one in results} == {version.merkle_root for version in versions}


def test_one_dataset_shows_root_counts_and_consent() -> None:
    version = factories.dataset_version()
    body = client().get(f"{ADDRESS}/{version.dataset.slug}").json()

    (shown,) = body["versions"]
    assert shown["version"] == version.version
    assert shown["item_count"] == version.item_count
    assert shown["licence_counts"] == version.licence_counts
    assert shown["consent_basis"] == version.consent_basis
    assert "recipe" not in shown


def test_an_unknown_dataset_is_not_there() -> None:
    refused(client().get(f"{ADDRESS}/nobody"), 404, "not_found")
