"""Training data over the API."""

from typing import Any

import pytest

from generation.models import DatasetItem
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


def test_the_items_of_a_version_are_paged_in_order_and_found_by_licence_digest_and_opt_out() -> None:
    version = factories.dataset_version()
    for index, licence in enumerate(("CC0-1.0", "CC-BY-4.0", "CC0-1.0")):
        DatasetItem.objects.create(
            dataset_version=version,
            index=index,
            sha256=f"{index:064x}",
            licence_spdx=licence,
            rights_holder="Ida Example",
            consent_basis="by licence",
            source="https://example.org",
            opt_out={"noai": "meta"} if index == 2 else {},
        )
    address = f"{ADDRESS}/{version.dataset.slug}/versions/1/items"

    def found(**query: str) -> list[int]:
        return [one["index"] for one in client().get(address, query).json()["results"]]

    first = client().get(address, {"limit": "2"}).json()
    assert [one["index"] for one in first["results"]] == [0, 1]
    assert [one["index"] for one in client().get(first["next"]).json()["results"]] == [2]
    assert first["results"][1]["licence_spdx"] == "CC-BY-4.0"
    assert (found(licence="CC0-1.0"), found(opted_out="true"), found(sha256=f"{1:064x}")) == ([0, 2], [2], [1])
    refused(client().get(address, {"sha256": "x"}), 400, "invalid")
    refused(client().get(f"{ADDRESS}/{version.dataset.slug}/versions/9/items"), 404, "not_found")
