"""What tests of the API share: a signed-in client, every address, and the one way in which a refusal looks."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver
from rest_framework.test import APIClient

from common.models import User

__all__ = ["client", "patterns", "refused"]


def client(person: User | None = None, **headers: Any) -> APIClient:
    """A client of the API, signed in as `person` unless that is None."""
    made = APIClient(**headers)
    if person is not None:
        made.force_login(person)
    return made


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, which must have this status and code."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body.get("code")) == (status, code), body
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["type"].endswith(f"/api/docs/#error-{code}")
    assert body["title"]
    assert body["detail"]
    return body


def patterns(within: list[Any]) -> Iterator[URLPattern]:
    """Every address in a list of them, those that it includes too."""
    for one in within:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one
