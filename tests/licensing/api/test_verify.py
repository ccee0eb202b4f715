"""Bringing a file over the API. Real papers, the house's own keys."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import storage
from generation.models import Piece
from licensing.models import Review
from licensing.provenance import publish
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/verify"


def _post(data: bytes, name: str = "picture.png", **headers: str) -> Any:
    return client().post(ADDRESS, {"file": SimpleUploadedFile(name, data)}, format="multipart", headers=headers)


@pytest.fixture
def papered() -> tuple[Piece, bytes]:
    model = factories.checkpoint(training_run=factories.training_run(factories.dataset_version()))
    maker = factories.user()
    piece = factories.piece(maker, of=factories.job(maker, model=model))
    return piece, storage.read("masters", publish.papers(piece.pk).name)


def test_a_file_of_ours_is_trusted_and_known(papered: tuple[Piece, bytes]) -> None:
    piece, data = papered
    body = _post(data).json()

    assert (body["overall"], body["piece_id"], body["made_here"]) == ("trusted", str(piece.pk), True)
    assert body["byte_count"] == len(data)
    assert {one["subject"]: one["state"] for one in body["verdicts"]}["withdrawal"] == "holds"


def test_a_withdrawn_piece_is_said_to_be(papered: tuple[Piece, bytes]) -> None:
    piece, data = papered
    factories.review(piece, state=Review.State.WITHDRAWN)
    body = _post(data).json()

    assert (body["overall"], body["made_here"]) == ("withdrawn", True)


def test_a_changed_bit_is_found(papered: tuple[Piece, bytes]) -> None:
    _, data = papered
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    body = _post(bytes(changed)).json()

    assert body["overall"] == "broken"


def test_a_picture_without_papers_is_no_accusation() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    body = _post(plain.getvalue(), **{"Accept-Language": "zh-hans"}).json()

    assert (body["overall"], body["made_here"], body["record"]) == ("none", False, None)
    assert body["headline"].isascii() is False


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"text", b"\x00" * 100, b"GIF89a", b"\xff\xd8\xff\xe0", b"%PDF-1.7"]
)
def test_anything_else_gets_an_answer(data: bytes) -> None:
    response = _post(data, "a\x00 <b>/../../x.png")

    assert response.status_code == 200
    assert response.json()["overall"] in ("none", "broken")


def test_without_a_file_the_way_to_send_one_is_said() -> None:
    refused(client().post(ADDRESS, {"file": "text"}, format="multipart"), 400, "file_missing")
    refused(client().post(ADDRESS, {}, format="multipart"), 400, "file_missing")
    refused(client().post(ADDRESS, {"file": "x"}, format="json"), 415, "unsupported_media_type")
    refused(client().get(ADDRESS), 405, "method_not_allowed")


def test_an_empty_or_broken_form_is_refused() -> None:
    broken = client().post(ADDRESS, b"no boundary here", content_type="multipart/form-data")

    refused(broken, 400, "parse_error")


def test_a_file_that_is_too_large_is_refused_by_its_size_and_by_its_form(settings: Any) -> None:
    settings.VERIFY_MAX_BYTES = 1000
    refused(_post(b"a" * 1001), 413, "payload_too_large")
    refused(_post(b"a" * 100_000), 413, "payload_too_large")

    assert _post(b"a" * 1000).status_code == 200


def test_checking_is_bounded_in_number(settings: Any) -> None:
    settings.THROTTLE_RATES = {"verify": "1/minute"}
    first, second = _post(b"text"), _post(b"text")

    assert first.status_code == 200
    refused(second, 429, "throttled")


def test_a_text_with_its_credential_beside_it_is_trusted_and_an_altered_one_is_not() -> None:
    words = "潮平两岸阔\n".encode()
    stored = storage.put("masters", words, ".txt")
    text: dict[str, Any] = {"kind": "text", "media_type": "text/plain", "width": None, "height": None}
    piece = factories.piece(factories.user(), content_sha256=stored.sha256, master_name=stored.name, **text)
    packet = storage.read("masters", publish.papers(piece.pk).name)
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        sidecar = archive.read("artwork.txt.c2pa")

    def asked(data: bytes) -> Any:
        sent = {"file": SimpleUploadedFile("a.txt", data), "sidecar": SimpleUploadedFile("a.txt.c2pa", sidecar)}
        return client().post(ADDRESS, sent, format="multipart").json()

    assert (asked(words)["overall"], asked(words)["piece_id"]) == ("trusted", str(piece.pk))
    assert asked(words + b" ")["overall"] == "broken"
    for copied in (words, b"\xef\xbb\xbf" + words.replace(b"\n", b"  \r\n") + b"\r\n"):
        body = _post(copied, "a.txt").json()
        assert (body["overall"], body["same_words"]) == ("none", str(piece.pk))
    for other in (b"", b"\n\n", words[3:], b"\xff\xfe"):
        assert _post(other or b" ", "a.txt").json()["same_words"] is None
