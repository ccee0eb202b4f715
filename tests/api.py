"""What tests of the API share: a signed-in client, and the one way in which a refusal looks."""

from typing import Any

from rest_framework.test import APIClient

from common.models import User

__all__ = ["client", "refused"]


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
