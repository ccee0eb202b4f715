"""The verify page: one sentence first, absence is never an accusation, and what cannot be read is said."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from common import storage
from licensing.provenance import publish
from licensing.rights import reviews
from tests import factories

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "#B3311F").save(buffer, "PNG")
    return buffer.getvalue()


def sent(client: Client, content: bytes, name: str = "picture.png", **headers: Any) -> Any:
    return client.post("/verify/", {"file": SimpleUploadedFile(name, content)}, **headers)


def test_a_picture_without_papers_is_not_accused_of_anything(client: Client) -> None:
    page = sent(client, picture())
    assert (page.status_code, page.context["tone"]) == (200, "none")
    assert "We found no papers. That does not say who made it." in page.content.decode()


def test_the_answer_is_given_in_the_readers_language(client: Client) -> None:
    page = sent(client, picture(), headers={"accept-language": "zh-CN"})
    assert "未找到身份文件。这并不说明作者是谁。" in page.content.decode()


def test_nothing_chosen_is_said_and_not_an_error_page(client: Client) -> None:
    page = client.post("/verify/")
    assert page.status_code == 400
    assert "Choose a file first, or drop one here." in page.content.decode()


@pytest.mark.parametrize("size", [11, 100_000], ids=["by its size", "by its form"])
def test_a_file_beyond_the_limit_is_refused_with_the_way_to_check_it_elsewhere(
    client: Client, settings: Any, size: int
) -> None:
    settings.VERIFY_MAX_BYTES = 10
    page = sent(client, b"a" * size)
    assert page.status_code == 413
    assert "Check it on your own machine" in page.content.decode()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"PK\x03\x04 not a zip", picture()[:60]],
    ids=["empty", "zeros", "no archive", "cut off"],
)
def test_any_bytes_get_an_answer(client: Client, content: bytes) -> None:
    assert sent(client, content, "<b>.png").status_code in (200, 400)


def test_a_hostile_file_name_is_shown_as_text(client: Client) -> None:
    assert "<img src=x>" not in sent(client, picture(), "<img src=x>.png").content.decode()


def test_the_keys_for_checking_without_us_are_public(client: Client) -> None:
    assert client.get("/.well-known/vernissage/root.pem").content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in client.get("/.well-known/vernissage/root.pem").content
    assert client.get("/.well-known/vernissage/log.pub").status_code == 200
    assert client.get("/.well-known/vernissage/log.key").status_code == 404
    assert client.get("/log/").status_code == 200


def signed_work() -> tuple[Any, bytes]:
    """A work on the wall, and the file of it that left the house."""
    maker = factories.maker()
    piece = factories.piece(maker.user)
    file = publish.papers(piece.pk)
    return factories.artwork(maker, of=piece, title="Estuary"), storage.read("masters", file.name)


def test_a_file_of_ours_is_known_and_leads_to_its_work(client: Client) -> None:
    work, content = signed_work()
    page = sent(client, content)
    assert page.context["tone"] == "holds"
    assert "This file is what it says it is." in page.content.decode()
    assert f"/artworks/{work.slug}/#papers" in page.content.decode()


def test_one_changed_byte_is_said_and_the_file_leads_nowhere(client: Client) -> None:
    work, content = signed_work()
    at = len(content) * 2 // 3
    page = sent(client, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    assert page.context["tone"] == "broken"
    assert f"/artworks/{work.slug}/" not in page.content.decode()


def test_a_withdrawn_piece_is_called_withdrawn(client: Client) -> None:
    work, content = signed_work()
    ida = factories.reviewer()
    reviews.withdraw(review=work.piece.review, reviewer=ida, reason="A claim was upheld.")
    page = sent(client, content)
    assert "The papers hold, but this piece was withdrawn." in page.content.decode()


def test_a_text_without_papers_is_known_by_its_words(client: Client) -> None:
    words = "潮平两岸阔\n风正一帆悬\n".encode()
    stored = storage.put("masters", words, ".txt")
    text: dict[str, Any] = {"kind": "text", "media_type": "text/plain", "width": None, "height": None}
    factories.piece(factories.user(), content_sha256=stored.sha256, master_name=stored.name, **text)

    page = client.post("/verify/", {"file": SimpleUploadedFile("poem.txt", words)}).content.decode()

    assert "these are the words of a text of ours" in page
