import io
import struct
import time
import zipfile

import pytest

from licensing.provenance import bundle, verify
from licensing.provenance.report import Overall, Subject
from tests.licensing.provenance.papers import papers


def repacked(replace: dict[str, bytes] | None = None, *, without: str = "", method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(papers().zip)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            if name != without:
                new.writestr(name, (replace or {}).get(name, old.read(name)))
        for name in set(replace or {}) - set(old.namelist()):
            new.writestr(name, (replace or {})[name])
    return out.getvalue()


def overall(data: bytes) -> Overall:
    keys = papers().keys
    return verify.check(data, name="b.zip", trust=verify.Trust(anchors=keys.root_pem)).overall


def test_packing_is_deterministic_and_unpacking_gives_the_parts_back() -> None:
    parts = papers().bundle(certificate=b"%PDF-1.7")

    assert bundle.pack(parts) == bundle.pack(parts)
    assert bundle.unpack(bundle.pack(parts)) == parts


def test_ordinary_tools_can_open_it_and_the_readme_speaks_two_languages() -> None:
    with zipfile.ZipFile(io.BytesIO(papers().zip)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "README.txt",
            "artwork.png",
            "record.json",
            "openings.json",
            "log/leaf.json",
            "log/inclusion.json",
            "log/tree-head.txt",
            "log/log.pub",
            "certificates/root.pem",
            "certificates/chain.pem",
        ]
        readme = archive.read("README.txt").decode()
    assert "python -m licensing.provenance.verify" in readme
    assert "请从可信之处" in readme


def test_a_bundle_packed_again_is_told_but_not_broken() -> None:
    for data in (repacked(method=zipfile.ZIP_DEFLATED), repacked({"README.txt": b"read me"})):
        report = verify.check(data, name="b", trust=verify.Trust(anchors=papers().keys.root_pem))
        assert report.overall is Overall.TRUSTED
        verdict = report.verdict(Subject.BUNDLE)
        assert verdict is not None
        assert verdict.code == "bundle_repacked"


def test_a_certificate_without_a_signed_statement_does_not_belong() -> None:
    report = verify.check(bundle.pack(papers().bundle(certificate=b"%PDF")), name="b", trust=verify.Trust())

    verdict = report.verdict(Subject.CERTIFICATE)
    assert verdict is not None
    assert (verdict.state, verdict.code) == ("fails", "certificate_unread")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\evil", "notes.txt", "RECORD.JSON", "artwork.jpg", "a" * 5000]
)
def test_entries_that_do_not_belong_are_refused(name: str) -> None:
    assert overall(repacked({name: b"x"})) is Overall.BROKEN


@pytest.mark.parametrize("name", ["artwork.png", "record.json", "log/leaf.json", "certificates/root.pem", "README.txt"])
def test_a_missing_part_is_broken(name: str) -> None:
    assert overall(repacked(without=name)) is Overall.BROKEN


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused() -> None:
    out = io.BytesIO(papers().zip)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("record.json", b"{}")

    assert overall(out.getvalue()) is Overall.BROKEN


@pytest.mark.parametrize(
    "proof",
    [
        b"",
        b"[]",
        b"{}",
        b'{"index":-1,"proof":[],"v":1}',
        b'{"index":true,"proof":[],"v":1}',
        b'{"index":0,"proof":["zz"],"v":1}',
        b'{"index":0,"proof":["ab"],"v":1}',
        b'{"index":0,"proof":"00","v":1}',
        b'{"index":0,"proof":[],"v":2}',
    ],
)
def test_a_damaged_inclusion_proof_is_refused(proof: bytes) -> None:
    assert overall(repacked({"log/inclusion.json": proof})) is Overall.BROKEN


@pytest.mark.parametrize("name", ["log/tree-head.txt", "log/log.pub", "certificates/root.pem", "openings.json"])
def test_parts_that_are_not_even_text_are_broken(name: str) -> None:
    for junk in (b"", b"\xff\xfe\x00", b"\x00" * 1000, b"[" * 10_000):
        assert overall(repacked({name: junk})) is Overall.BROKEN


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = repacked({"record.json": b"\0" * 200_000_000}, method=zipfile.ZIP_DEFLATED)
    began = time.perf_counter()

    assert overall(bomb) is Overall.BROKEN
    assert time.perf_counter() - began < 1


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(repacked({"record.json": b"\0" * 20_000_000}, method=zipfile.ZIP_DEFLATED))
    for at in range(len(bomb) - 4):
        if bomb[at : at + 4] == struct.pack("<I", 20_000_000):
            bomb[at : at + 4] = struct.pack("<I", 1000)

    assert overall(bytes(bomb)) is Overall.BROKEN


def test_a_hundred_thousand_entries_are_refused_at_once() -> None:
    entry = b"PK\x01\x02" + b"\0" * 24 + struct.pack("<H", 11) + b"\0" * 16 + b"record.json"
    directory = entry * 100_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, len(directory), 4, 0)
    data = b"PK\x03\x04" + directory + end
    began = time.perf_counter()

    assert overall(data) is Overall.BROKEN
    assert time.perf_counter() - began < 1


def test_a_bundle_inside_a_bundle_is_not_opened() -> None:
    assert overall(repacked({"artwork.png": papers().zip})) is Overall.BROKEN


def test_something_before_or_behind_a_bundle_breaks_it() -> None:
    assert overall(papers().zip + b"more") is Overall.BROKEN
    assert overall(b"more" + papers().zip) is Overall.BROKEN
    assert overall(papers().zip[:-1]) is Overall.BROKEN
    assert overall(papers().zip[:6000]) is Overall.BROKEN


def test_an_ordinary_archive_has_no_papers_and_is_told_what_to_do() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("holiday.png", papers().file)

    report = verify.check(out.getvalue(), name="b", trust=verify.Trust())

    assert report.overall is Overall.NONE
    assert "one by one" in report.as_text()
