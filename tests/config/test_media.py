"""Previews over HTTP, and nothing else from the media folder."""

from typing import Any

import pytest

from common import storage
from tests import factories
from tests.api import client

pytestmark = pytest.mark.django_db


def test_a_preview_may_be_kept_for_ever() -> None:
    stored = storage.put("previews", b"RIFF a picture", ".webp")
    response: Any = client().get(f"/media/previews/{stored.name}")

    assert b"".join(response.streaming_content) == b"RIFF a picture"
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["../masters/", "", "..%2f..%2fdb.sqlite3", "00/" + "0" * 64 + ".webp", "%00"])
def test_nothing_else_is_served(name: str) -> None:
    assert client().get(f"/media/previews/{name}").status_code == 404


def test_a_master_has_no_address() -> None:
    piece = factories.piece(factories.user())

    assert client().get(f"/media/masters/{piece.master_name}").status_code == 404
    assert client().get(f"/media/previews/{piece.master_name}").status_code == 404
