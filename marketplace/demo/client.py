"""A small client of the API, as somebody outside would write it."""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import requests

__all__ = ["ApiRefusal", "Client", "wait_for"]

Found = TypeVar("Found")


class ApiRefusal(Exception):
    """The API said no: `code` and `status` are those of its problem document."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = body.get("code", "")
        super().__init__(f"{status} {self.code}: {body.get('detail', body)} {body.get('errors', '')}")


class Client:
    """One person at the API."""

    def __init__(self, site: str, token: str = "") -> None:
        self.site = site
        self.http = requests.Session()
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **params: Any) -> Any:
        """GET below /api/v1/, decoded."""
        return self._decoded(self.http.get(f"{self.site}/api/v1/{path}", params=params, timeout=30))

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """POST below /api/v1/; every request carries an Idempotency-Key, so that sending it again is safe."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._decoded(self.http.post(f"{self.site}/api/v1/{path}", json=body or {}, headers=headers, timeout=60))

    def download(self, url: str) -> bytes:
        """The bytes behind a signed link."""
        response = self.http.get(url, timeout=120)
        if not response.ok:
            raise ApiRefusal(response.status_code, {"detail": response.text[:300]})
        return response.content

    def _decoded(self, response: requests.Response) -> Any:
        body = response.json() if response.content else {}
        if not response.ok:
            raise ApiRefusal(response.status_code, body)
        return body


def wait_for(look: Callable[[], Found | None], what: str, *, seconds: float = 90) -> Found:
    """What `look` returns once it is true; TimeoutError says what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.3)
    raise TimeoutError(f"Waited {seconds:.0f} seconds for {what}. See var/log/site.log.")
