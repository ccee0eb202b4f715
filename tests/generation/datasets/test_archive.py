"""A ZIP is unpacked only where nothing in it can leave the folder, hide, or grow beyond what it says."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from generation import datasets
from generation.datasets import archive
from tests.generation.datasets.samples import asked, picture


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    return picture(tmp_path / "source" / "a.png").read_bytes()


def _zip(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content)
    return path


def _refused(path: Path, tmp_path: Path, kind: type[datasets.DatasetRefused], complaint: str) -> None:
    with pytest.raises(kind, match=complaint):
        datasets.freeze(path, asked(), into=tmp_path / "frozen" / "out")
    assert list((tmp_path / "frozen").iterdir()) == []


def test_an_archive_is_frozen_as_its_folder_would_be(tmp_path: Path, good: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("set/a.png", good), ("set/items.csv", b"file,title\na.png,One\n"))
    read = datasets.freeze(path, asked(), into=tmp_path / "out")
    assert [(item["name"], item["title"]) for item in read.items] == [("a.png", "One")]
    assert (
        datasets.freeze(tmp_path / "source", asked(), into=tmp_path / "two").items[0]["sha256"]
        == (read.items[0]["sha256"])
    )


@pytest.mark.parametrize(
    "name", ["../a.png", "/a.png", "x/../../a.png", "..\\a.png", "C:/a.png", "~/a.png", "a\tb.png", "x" * 600 + ".png"]
)
def test_paths_that_lead_outside_are_refused(tmp_path: Path, good: bytes, name: str) -> None:
    path = _zip(tmp_path / "in.zip", (name, good))
    _refused(path, tmp_path, datasets.ArchiveUnsafe, "could lead out")
    assert not list(tmp_path.glob("*.png"))


def test_links_are_refused(tmp_path: Path, good: bytes) -> None:
    link = zipfile.ZipInfo("a.png")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    _refused(_zip(tmp_path / "in.zip", (link, b"/etc/passwd")), tmp_path, datasets.ArchiveUnsafe, "a link")


@pytest.mark.parametrize(("name", "content"), [("b.zip", b"PK"), ("b.png", b"PK\x03\x04rest"), ("b.txt", b"\x1f\x8b1")])
def test_archives_in_archives_are_refused(tmp_path: Path, good: bytes, name: str, content: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("a.png", good), (name, content))
    _refused(path, tmp_path, datasets.ArchiveUnsafe, "an archive in the archive")


def test_a_password_is_refused(tmp_path: Path, good: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("a.png", good))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    _refused(path, tmp_path, datasets.ArchiveUnsafe, "needs a password")


def test_names_that_stand_twice_are_refused_whatever_their_case(tmp_path: Path, good: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("a.png", good), ("A.PNG", good))
    _refused(path, tmp_path, datasets.ArchiveUnsafe, "stands twice")


def test_what_shrinks_beyond_belief_is_refused_unread(tmp_path: Path, good: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("a.png", good), ("b.txt", bytes(30 * 2**20)))
    _refused(path, tmp_path, datasets.DatasetTooLarge, "more than is believed")


def test_what_says_it_is_smaller_than_it_is_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "in.zip", ("b.txt", bytes(range(256)) * 4000))
    content = bytearray(path.read_bytes())
    for place in (content.find(b"PK\x03\x04") + 22, content.find(b"PK\x01\x02") + 24):
        content[place : place + 4] = struct.pack("<L", 1000)
    path.write_bytes(content)
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(path, asked(), into=tmp_path / "frozen" / "out")
    assert list((tmp_path / "frozen").iterdir()) == []


def test_too_many_entries_are_refused_before_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 50)
    path = _zip(tmp_path / "in.zip", *((f"{number}.txt", b"x") for number in range(51)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    _refused(path, tmp_path, datasets.DatasetTooLarge, "over 50 entries")


@pytest.mark.parametrize(
    "content", [b"", b"no archive at all", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.zip"
    path.write_bytes(content)
    with pytest.raises(datasets.DatasetRefused):
        datasets.freeze(path, asked(), into=tmp_path / "frozen" / "out")
    assert list((tmp_path / "frozen").iterdir()) == []


def test_a_torn_zip_is_refused(tmp_path: Path, good: bytes) -> None:
    path = _zip(tmp_path / "in.zip", ("a.png", good), method=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(content)
    _refused(path, tmp_path, datasets.DatasetRefused, "cannot be read as a ZIP")
