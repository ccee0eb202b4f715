"""A download in parts: which part is sent, that a cut one goes on, and that all of it counts once."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client

from licensing.models import Grant
from marketplace import delivery
from marketplace.models import Download, Order

Delivered = Callable[..., tuple[Order, Grant]]


def _take(grant: Grant) -> tuple[str, bytes, str]:
    """A link's address, its whole file, and the file's strong ETag; nothing on record."""
    assert grant.holder is not None
    token = delivery.link(grant=grant, what="bundle", by=grant.holder)
    opened = delivery.links.open(token, record=False)
    with opened.file as file:
        return f"/api/v1/downloads/{token}", file.read(), f'"{opened.sha256}"'


def _get(path: str, **headers: str) -> tuple[Any, bytes]:
    response: Any = Client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return response, b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.django_db
def test_one_part_is_sent_with_where_it_lies(delivered: Delivered) -> None:
    path, whole, etag = _take(delivered()[1])
    size = len(whole)
    for asked, part in {
        "bytes=0-0": range(1),
        "bytes=10-19": range(10, 20),
        "bytes=100-": range(100, size),
        "bytes=-7": range(size - 7, size),
        f"bytes=-{size + 9}": range(size),
        f"bytes=5-{size + 9}": range(5, size),
    }.items():
        response, body = _get(path, Range=asked)
        assert (response.status_code, body) == (206, whole[part.start : part.stop]), asked
        assert response["Content-Range"] == f"bytes {part.start}-{part.stop - 1}/{size}"
        assert response["Content-Length"] == str(len(part))
        assert (response["ETag"], response["Cache-Control"]) == (etag, "private, no-store")
    assert Download.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=9-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=²-", f"bytes={'9' * 5000}-"]
)
def test_a_range_that_we_do_not_serve_gets_the_whole(delivered: Delivered, asked: str) -> None:
    path, whole, _ = _take(delivered()[1])
    response, body = _get(path, Range=asked)
    assert (response.status_code, body, response["Accept-Ranges"]) == (200, whole, "bytes")
    assert "Content-Range" not in response


@pytest.mark.django_db
def test_a_part_beyond_the_end_is_refused_with_the_size_and_is_no_download(delivered: Delivered) -> None:
    path, whole, _ = _take(delivered()[1])
    for asked in (f"bytes={len(whole)}-", "bytes=-0"):
        response, _ = _get(path, Range=asked)
        assert (response.status_code, response.json()["code"]) == (416, "range_not_satisfiable")
        assert response["Content-Range"] == f"bytes */{len(whole)}"
    assert not Download.objects.exists()


@pytest.mark.django_db
def test_a_part_of_another_file_is_never_sent(delivered: Delivered) -> None:
    path, whole, etag = _take(delivered()[1])
    assert _get(path, Range="bytes=5-", If_Range=etag)[1] == whole[5:]
    for other in (f'"{"0" * 64}"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        response, body = _get(path, Range="bytes=5-", If_Range=other)
        assert (response.status_code, body) == (200, whole)


@pytest.mark.django_db
def test_asking_for_the_head_is_no_download(delivered: Delivered) -> None:
    path, whole, etag = _take(delivered()[1])
    response: Any = Client().head(path, headers={"Range": "bytes=5-9"})
    assert (response.status_code, response["Content-Length"], response.getvalue()) == (200, str(len(whole)), b"")
    assert (response["ETag"], response["Accept-Ranges"]) == (etag, "bytes")
    assert not Download.objects.exists()


@pytest.mark.django_db
def test_a_refund_stops_a_download_half_way(delivered: Delivered) -> None:
    order, grant = delivered()
    path, _, _ = _take(grant)
    assert _get(path, Range="bytes=0-9")[0].status_code == 206
    delivery.revoke(order.pk)
    assert _get(path, Range="bytes=10-")[0].status_code == 403


@pytest.mark.django_db(transaction=True)
def test_curl_goes_on_with_a_download_that_was_cut(delivered: Delivered, live_server: Any, tmp_path: Path) -> None:
    path, whole, _ = _take(delivered()[1])
    file = tmp_path / "bundle.zip"
    with requests.get(live_server.url + path, stream=True, timeout=20) as cut:
        file.write_bytes(cut.raw.read(len(whole) // 2))
    had = file.stat().st_size
    assert 0 < had < len(whole)
    resumed = ["curl", "-sS", "--fail", "-C", "-", "-w", "%{http_code} %{size_download}", "-o", str(file)]
    said = subprocess.run([*resumed, live_server.url + path], capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout == f"206 {len(whole) - had}"
    assert file.read_bytes() == whole
    assert Download.objects.count() == 1
