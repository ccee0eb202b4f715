"""Licences over the API: each version with its text, and the policies that machines read."""

import hashlib
import json
from typing import Any

import pytest

from licensing.licences import grants, terms
from licensing.models import Grant, LicenceTemplate
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


def _grant(slug: str) -> Grant:
    piece = factories.piece(factories.user())
    factories.review(piece)
    return grants.grant(
        piece=piece, template=LicenceTemplate.objects.get(slug=slug), holder=None, holder_email="hanna@example.org",
        work_title="Estuary", edition_number=1, edition_size=25, source=f"sale-{piece.pk}",
    )  # fmt: skip


def test_the_list_is_one_query_and_pages(django_assert_num_queries: Any) -> None:
    terms.install()
    with django_assert_num_queries(1):
        page = client().get("/api/v1/licences?limit=4").json()
    rest = client().get(page["next"]).json()
    slugs = [one["slug"] for one in page["results"] + rest["results"]]
    assert slugs == ["buy-out", "commercial", "commercial-extended", "editorial", "exclusive", "personal"]
    assert "text" not in page["results"][0]


def test_a_version_has_its_text_its_rights_and_its_limits(django_assert_num_queries: Any) -> None:
    terms.install()
    with django_assert_num_queries(1):
        said = client().get("/api/v1/licences/commercial/1").json()
    assert said["text"].startswith("# Commercial licence, version 1")
    assert said["text_zh"].startswith("# 商业许可")
    assert (said["goods_limit"], said["lasts_days"], said["exclusive"]) == (5_000, None, False)
    assert said["rights"]["train_a_model"] is False
    refused(client().get("/api/v1/licences/commercial/9"), 404, "not_found")
    refused(client().get(f"/api/v1/licences/commercial/{10**30}"), 404, "not_found")
    refused(client().get("/api/v1/licences/commercial/9/policy"), 404, "not_found")


def test_the_policy_of_a_licence_is_an_odrl_set(django_assert_num_queries: Any) -> None:
    terms.install()
    with django_assert_num_queries(1):
        answer = client().get("/api/v1/licences/editorial/1/policy")
    assert answer["Content-Type"] == "application/ld+json"
    policy = json.loads(answer.content)
    assert policy["@type"] == "Set"
    assert policy["uid"].endswith("/api/v1/licences/editorial/1/policy")
    words = json.loads(client().get("/api/v1/licence-vocabulary").content)
    assert policy["profile"].endswith("/api/v1/licence-vocabulary")
    assert {one["@id"] for one in words["@graph"]} >= {f"{policy['profile']}#editorial", f"{policy['profile']}#train"}


def test_the_policy_of_a_grant_is_the_frozen_one_to_the_byte_and_names_nobody(django_assert_num_queries: Any) -> None:
    terms.install()
    grant = _grant("commercial")
    with django_assert_num_queries(1):
        answer = client().get(f"/api/v1/grants/{grant.pk}/policy")
    assert hashlib.sha256(answer.content).hexdigest() == grant.policy_sha256
    assert json.loads(answer.content)["@type"] == "Agreement"
    assert b"hanna" not in answer.content
    refused(client().get(f"/api/v1/grants/{grant.piece_id}/policy"), 404, "not_found")
