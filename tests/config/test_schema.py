"""The OpenAPI description: valid, without a CDN, and complete."""

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.api import client
from tests.config.test_every_address import ADDRESSES


def _described() -> dict[str, object]:
    schema: dict[str, object] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def test_it_validates_without_a_warning() -> None:
    schema = _described()
    validate_schema(schema)  # type: ignore[no-untyped-call]

    assert schema["openapi"] == "3.1.0"
    assert not GENERATOR_STATS


def test_it_covers_every_address_but_the_one_that_only_the_provider_knocks_at() -> None:
    paths = _described()["paths"]
    assert isinstance(paths, dict)
    shapes = {re.sub(r"{\w+}", "*", path) for path in paths}
    # Examples of a route are brought to the same shape as the description's.
    known = {
        re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|nothing-here|not-a-token|(?<=/)3(?=/|$)", "*", one)
        for one in ADDRESSES.values()
    }

    assert known - shapes == {"/api/v1/stripe/webhook"}
    assert {path for path in shapes if path.startswith("/api/v1/")} <= known


def test_every_operation_says_what_a_refusal_looks_like_and_the_codes_are_listed() -> None:
    schema = _described()
    paths, info = schema["paths"], schema["info"]
    assert isinstance(paths, dict)
    assert isinstance(info, dict)
    for path in paths.values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    for code in ("invalid", "not_found", "sold_out", "unknown_checkpoint", "idempotency_key_reused", "throttled"):
        assert f"| `{code}` |" in info["description"]


@pytest.mark.django_db
def test_schema_and_pages_are_served_from_the_house() -> None:
    schema = client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    page = client().get("/api/docs/")

    assert (schema.status_code, page.status_code) == (200, 200)
    assert schema.json()["openapi"] == "3.1.0"
    text = page.content.decode()
    assert "/static/drf_spectacular_sidecar/" in text
    assert not re.search(r"(?:src|href)=\"https?://", text)
