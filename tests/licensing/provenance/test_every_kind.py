"""Papers in every kind of file: written, checked, copied for a buyer, altered."""

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import av
import pytest
import trimesh
from django.conf import settings
from PIL import Image

from common import storage
from generation.models import Piece
from licensing.models import LogLeaf, SignedFile
from licensing.provenance import (
    bundle,
    containers,
    credentials,
    encoding,
    keys,
    labels,
    packets,
    publish,
    verify,
)
from licensing.provenance.report import Overall, Report, State, Subject
from tests import factories
from tests.licensing.provenance import works
from tests.licensing.provenance.papers import AT, house, papers, sign

SUFFIXES = {"image/webp": "webp", "video/mp4": "mp4", "model/gltf-binary": "glb", "text/plain": "txt"}
KINDS = {"image/webp": "motion", "video/mp4": "motion", "model/gltf-binary": "sculpture", "text/plain": "text"}
WRITTEN = labels.Labels(
    system="Vernissage walk",
    system_version="1",
    aigc=labels.aigc_fields(producer="Vernissage", produce_id="piece-1", digest="ab" * 32),
)


def check(data: bytes, *, sidecar: bytes | None = None) -> Report:
    trust = verify.Trust(anchors=house().root_pem, log_keys=(house().log_public,))
    return verify.check(data, name="file", trust=trust, sidecar=sidecar)


def a_piece(media_type: str, **fields: Any) -> Piece:
    stored = storage.put("masters", works.work(media_type), f".{SUFFIXES[media_type]}")
    size = {"width": None, "height": None} if media_type == "text/plain" else {"width": 64, "height": 48}
    made: dict[str, Any] = {"kind": KINDS[media_type], "media_type": media_type, **size, **fields}
    return factories.piece(factories.user(), content_sha256=stored.sha256, master_name=stored.name, **made)


def papered(piece: Piece) -> tuple[SignedFile, bytes, verify.Trust]:
    signed = publish.papers(piece.pk)
    keyring = keys.ensure(settings.SIGNING_KEYS)
    trust = verify.Trust(anchors=keyring.root_pem, log_keys=(keyring.log_public,))
    return signed, storage.read("masters", signed.name), trust


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", SUFFIXES)
def test_a_work_of_every_kind_gets_papers_that_hold_alone_and_in_its_bundle(media_type: str) -> None:
    piece = a_piece(media_type)

    signed, data, trust = papered(piece)

    report = verify.check(data, name=signed.name, trust=trust)
    assert report.overall is Overall.TRUSTED
    assert report.piece_id == str(piece.pk)
    assert report.record is not None
    assert report.record["piece"]["media_type"] == media_type
    assert ("width" in report.record["piece"]) == (media_type != "text/plain")
    whole = verify.check(publish.bundle(piece=piece), name="bundle.zip", trust=trust)
    assert whole.overall is Overall.TRUSTED
    assert {verdict.state for verdict in whole.verdicts} <= {State.HOLDS, State.ABSENT, State.NOT_CHECKED}
    leaf = json.loads(LogLeaf.objects.get(subject=str(piece.pk)).body)
    assert leaf["content_sha256"] == report.record["piece"]["content_sha256"]


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", SUFFIXES)
def test_a_buyers_copy_of_every_kind_keeps_the_history_and_names_the_grant(media_type: str) -> None:
    signed, data, trust = papered(a_piece(media_type))
    keyring = keys.ensure(settings.SIGNING_KEYS)

    copy = credentials.sign_copy(
        signed=data, media_type=signed.media_type, title="Harbour", grant_id="grant-7", keys=keyring, at=AT
    )

    report = verify.check(copy, name="copy", trust=trust)
    assert (report.overall, report.grant_id) == (Overall.TRUSTED, "grant-7")
    bundled = publish.bundle(piece=signed.piece, file=copy)
    assert verify.check(bundled, name="bundle.zip", trust=trust).overall is Overall.TRUSTED


@pytest.mark.django_db
def test_a_packet_holds_the_work_its_own_credential_and_what_belongs_to_it(tmp_path: Path) -> None:
    stl = storage.put("masters", b"solid one\nendsolid one\n", ".stl")
    still = storage.put("masters", works.work("image/gif"), ".png")
    companions = {"stl": {"name": stl.name, "sha256": stl.sha256, "media_type": "model/stl"}}
    _, data, trust = papered(a_piece("model/gltf-binary", companions=companions, still_name=still.name))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            "artwork.glb",
            "artwork.glb.c2pa",
            "artwork.stl",
            "still.png",
            "META-INF/",
            packets.CREDENTIAL,
        }
        archive.extractall(tmp_path)
    assert trimesh.load_mesh(tmp_path / "artwork.glb").is_watertight
    sculpture, sidecar = (tmp_path / "artwork.glb").read_bytes(), (tmp_path / "artwork.glb.c2pa").read_bytes()
    report = verify.check(sculpture, name="artwork.glb", trust=trust, sidecar=sidecar)
    assert report.overall is Overall.TRUSTED
    assert labels.read_aigc(sculpture) == (report.record or {})["labels"]["aigc"]


@pytest.mark.django_db
def test_the_command_finds_the_credential_beside_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, data, trust = papered(a_piece("text/plain"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    poem, told = tmp_path / "artwork.txt", {"trust": trust, "language": "en", "as_json": False}

    assert verify.run([poem], **told) == 0  # type: ignore[arg-type]
    assert "The record speaks of exactly this file." in capsys.readouterr().out
    poem.write_bytes(poem.read_bytes().replace(b"\n", b"\r\n"))
    assert verify.run([poem], **told) == 1  # type: ignore[arg-type]
    (tmp_path / "artwork.txt.c2pa").unlink()
    assert verify.run([poem], **told) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("media_type", works.MADE_HERE)
def test_labels_are_written_where_the_file_has_a_place_and_the_work_still_opens(media_type: str) -> None:
    data = encoding.labelled(works.work(media_type), media_type=media_type, labels=WRITTEN)

    expected = None if media_type == "text/plain" else WRITTEN.aigc
    assert labels.read_aigc(data) == expected
    if media_type == "image/webp":
        with Image.open(io.BytesIO(data)) as film:
            assert getattr(film, "n_frames", 1) == 6
            assert film.getxmp()["xmpmeta"]["RDF"]["Description"]["AISystemUsed"] == "Vernissage walk"
    if media_type == "video/mp4":
        with av.open(io.BytesIO(data), "r") as film:
            assert len(list(film.decode(video=0))) == 6


def test_a_film_without_its_credential_is_the_film_that_was_signed() -> None:
    for media_type in ("video/mp4", "image/webp"):
        content = encoding.labelled(works.work(media_type), media_type=media_type, labels=WRITTEN)
        signed = sign(content, papers().record.body, media_type=media_type, by=house())

        assert signed != content
        assert containers.read(signed).content == content


@pytest.mark.parametrize("media_type", works.SIGNED_BY_OTHERS)
def test_a_credential_in_any_common_kind_of_file_is_read_and_every_alteration_of_the_file_seen(media_type: str) -> None:
    signed = sign(works.work(media_type), papers().record.body, media_type=media_type, by=house())

    report = check(signed)

    assert report.overall is Overall.TRUSTED
    verdict = report.verdict(Subject.RECORD)
    assert verdict is not None
    assert verdict.code == "record_sealed"
    at = len(signed) - 60 if media_type not in ("audio/mpeg", "audio/wav") else 60
    altered = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    if media_type in ("audio/mpeg", "audio/wav", "image/gif", "image/tiff", "image/avif", "image/svg+xml"):
        assert check(altered).overall is Overall.BROKEN
    assert check(works.work(media_type)).overall is Overall.NONE


def test_a_record_of_one_text_does_not_speak_for_another() -> None:
    poem, other = "潮平两岸阔\n".encode(), "风正一帆悬\n".encode()
    record = papers().record.body  # of a picture
    sidecar = credentials.sign(
        content=poem,
        media_type=credentials.ANY_FILE,
        title="Poem",
        record=record,
        ingredients=[],
        keys=house(),
        at=AT,
        beside=True,
    )

    mixed = check(poem, sidecar=sidecar)
    assert mixed.overall is Overall.BROKEN
    verdict = mixed.verdict(Subject.RECORD)
    assert verdict is not None
    assert verdict.code == "record_of_another"
    assert check(other, sidecar=sidecar).overall is Overall.BROKEN
    assert check(poem, sidecar=b"not a credential").overall is Overall.BROKEN


def test_packets_that_hold_no_work_or_two_are_broken() -> None:
    pair = {"artwork.txt": b"one\n", "artwork.md": b"two\n"}
    for parts in ({"notes.txt": b"x"}, pair):
        with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        signed = sign(buffer.getvalue(), papers().record.body, media_type="application/zip", by=house())
        assert check(signed).overall is Overall.BROKEN


def test_the_library_is_given_only_so_much_memory_and_its_failure_is_no_crash() -> None:
    """The library alone reserves four gigabytes for this."""
    signed = sign(works.work("image/tiff"), papers().record.body, media_type="image/tiff", by=house())
    at = signed.find(b"cusejnotAllowed") + 4
    greedy = signed[:at] + b"\x7a\xff\xff\xff\xf0" + signed[at + 5 :]

    assert check(greedy).overall is Overall.BROKEN


def test_bundles_name_their_work_by_its_kind() -> None:
    assert bundle.EXTENSIONS["application/zip"] == "zip"
    assert set(encoding.SIGNED_AS.values()) == set(bundle.EXTENSIONS)


def test_the_process_that_reads_strangers_files_gets_no_secrets_and_takes_no_module_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = sign(works.work("image/tiff"), papers().record.body, media_type="image/tiff", by=house())
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    (tmp_path / "c2pa.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", "of the house")
    given: list[dict[str, str]] = []
    real = subprocess.run

    def watched(*arguments: Any, **named: Any) -> Any:
        given.append(named["env"])
        return real(*arguments, **named)

    monkeypatch.setattr(subprocess, "run", watched)

    assert check(signed).overall is Overall.TRUSTED
    assert given
    assert all(set(one) == {"PYTHONPATH"} for one in given)
