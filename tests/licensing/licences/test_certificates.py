"""Certificates: what is signed, what is printed, and that neither depends on the day or the process it is made in."""

import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from common import storage
from common.errors import Conflict
from licensing.licences import certificates, files, grants
from licensing.licences.certificates import Certificate, Facts, LogPlace, words
from licensing.licences.certificates.sheet import PictureUnreadable
from licensing.models import Grant, LogLeaf
from licensing.provenance import canonical
from tests import factories
from tests.conftest import missing

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
GRANT_ID = UUID("0193571e-0000-7000-8000-000000000001")


def _picture(width: int = 120, height: int = 90) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def _grant(**fields: object) -> Grant:
    shipped = next(one for one in files.all_written() if one.slug == "personal")
    given: dict[str, object] = {
        "id": GRANT_ID,
        "piece_id": UUID("0193571e-0000-7000-8000-000000000002"),
        "terms": {"slug": "personal", "version": 1, "title": shipped.title, "title_zh": shipped.title_zh},
        "terms_sha256": "55" * 32,
        "exclusive": False,
        "work_title": "Estuary",
        "edition_number": 3,
        "edition_size": 25,
        "granted_at": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    }
    return Grant(**{**given, **fields})


def _facts(**fields: object) -> Facts:
    facts = Facts(
        maker="Mei Tanaka",
        holder="Ada Lovelace",
        picture=_picture(),
        model="Palette Field 1",
        made_at=datetime(2026, 10, 12, tzinfo=UTC),
        record_sha256="11" * 32,
        content_sha256="22" * 32,
        file_sha256="33" * 32,
        copy_sha256="44" * 32,
        log=LogPlace(index=4821, leaf_hash="66" * 32),
        site_url="https://vernissage.example",
    )
    return replace(facts, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> Certificate:
    return certificates.make(grant=_grant(), facts=_facts(), key=KEY)


def _printed(pdf: bytes, tmp_path: Path) -> str:
    """The words of a page, as poppler reads them."""
    if not shutil.which("pdftotext"):
        missing("pdftotext (poppler-utils)")
    (tmp_path / "page.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_statement_says_everything_and_its_signature_holds(made: Certificate) -> None:
    assert canonical.parse(made.data) == {
        "type": "vernissage.certificate",
        "v": 1,
        "grant": {
            "id": str(GRANT_ID),
            "licence": "personal-1",
            "terms_sha256": "55" * 32,
            "exclusive": False,
            "granted_at": "2026-11-23T09:30:00.000Z",
            "holder": "Ada Lovelace",
        },
        "work": {"title": "Estuary", "maker": "Mei Tanaka", "edition_number": 3, "edition_size": 25},
        "piece": {
            "id": "0193571e-0000-7000-8000-000000000002",
            "record_sha256": "11" * 32,
            "content_sha256": "22" * 32,
            "file_sha256": "33" * 32,
            "copy_sha256": "44" * 32,
        },
        "log": {"index": 4821, "leaf_hash": "66" * 32},
        "look_up_at": f"https://vernissage.example/certificates/{GRANT_ID}/",
        "key_sha256": canonical.sha256_hex(KEY.public_key().public_bytes_raw()),
    }
    assert certificates.verify(made.data, made.signature, KEY.public_key())


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_bit_changed_in_the_statement_breaks_its_signature(made: Certificate, position: int) -> None:
    altered = bytearray(made.data)
    altered[position] ^= 1
    assert not certificates.verify(bytes(altered), made.signature, KEY.public_key())


def test_neither_another_key_nor_a_signature_over_the_bare_bytes_will_do(made: Certificate) -> None:
    assert not certificates.verify(made.data, made.signature, Ed25519PrivateKey.generate().public_key())
    assert not certificates.verify(made.data, KEY.sign(made.data), KEY.public_key())
    assert not certificates.verify(made.data, b"short", KEY.public_key())


def test_the_page_carries_the_statement_and_its_signature(made: Certificate) -> None:
    assert made.data in made.pdf
    assert made.signature.hex().encode() in made.pdf
    assert b"certificate.json.sig" in made.pdf


def test_the_page_prints_what_is_signed(made: Certificate, tmp_path: Path) -> None:
    page = _printed(made.pdf, tmp_path)
    for expected in (
        "Estuary",
        "Mei Tanaka, 2026",
        "AI-generated",
        "Ada Lovelace",
        "Edition 3 of 25",
        "Personal licence, version 1",
        "23 November 2026",
        "Log leaf 4821",
        f"https://vernissage.example/certificates/{GRANT_ID}/",
        canonical.sha256_hex(made.data),
        *(pair * 32 for pair in ("11", "22", "33", "44", "55", "66")),
    ):
        assert expected in page
    assert page.count("\f") == 1


def test_a_licence_for_a_time_has_its_end_signed_and_printed(tmp_path: Path) -> None:
    grant = _grant(expires_at=datetime(2029, 11, 22, 9, 30, tzinfo=UTC))
    made = certificates.make(grant=grant, facts=_facts(), key=KEY)
    assert canonical.parse(made.data)["grant"]["expires_at"] == "2029-11-22T09:30:00.000Z"
    assert "until 22 November 2029" in _printed(made.pdf, tmp_path)
    chinese = certificates.make(grant=grant, facts=_facts(language="zh-hans"), key=KEY)
    assert "至 2029 年 11 月 22 日" in _printed(chinese.pdf, tmp_path)


def test_the_page_in_chinese(tmp_path: Path) -> None:
    facts = _facts(maker="田中芽衣", holder="陈静文", language="zh-hans")
    page = _printed(certificates.make(grant=_grant(work_title="雨后的河口"), facts=facts, key=KEY).pdf, tmp_path)
    for expected in (
        "证书",
        "《雨后的河口》",
        "田中芽衣",
        "AI 生成",
        "持有人",
        "陈静文",
        "个人许可",
        "2026 年 11 月 23 日",
    ):
        assert expected in page
    assert "Held by" not in page


@pytest.mark.parametrize(
    ("fields", "english", "chinese"),
    [
        ({}, "Edition 3 of 25", "第 3 号，共 25 号"),
        ({"edition_number": 1, "edition_size": 1}, "Unique, the only edition", "孤品，仅此一号"),
        ({"edition_number": None, "edition_size": None, "exclusive": True}, "Held exclusively", "独家持有"),
        ({"edition_number": None, "edition_size": None}, "Held under licence", "依许可持有"),
    ],
)
def test_what_is_held_in_words(fields: dict[str, object], english: str, chinese: str) -> None:
    assert words.of("en").edition_of(_grant(**fields)) == english
    assert words.of("zh-hans").edition_of(_grant(**fields)) == chinese


def test_long_and_mixed_names_stay_on_one_page(tmp_path: Path) -> None:
    title = "What the Tide Left Behind on the Morning After the Long Storm " * 3
    facts = _facts(maker="北京当代艺术中心 & Sons " * 6, holder="x" * 200, model="Field " * 20)
    page = _printed(certificates.make(grant=_grant(work_title=title.strip()), facts=facts, key=KEY).pdf, tmp_path)
    assert page.count("\f") == 1
    assert "…" in page
    assert "Edition 3 of 25" in page


@pytest.mark.parametrize("shape", [(4000, 20), (20, 4000), (1, 1)])
def test_a_picture_of_any_shape_hangs(shape: tuple[int, int]) -> None:
    assert certificates.make(grant=_grant(), facts=_facts(picture=_picture(*shape)), key=KEY).pdf.startswith(b"%PDF")


@pytest.mark.parametrize("picture", [b"", b"not a picture", _picture()[:200]])
def test_a_picture_that_cannot_be_read_is_refused(picture: bytes) -> None:
    with pytest.raises(PictureUnreadable) as caught:
        certificates.make(grant=_grant(), facts=_facts(picture=picture), key=KEY)
    assert (caught.value.status, caught.value.code) == (422, "picture_unreadable")


_AGAIN = """
import django; django.setup()
from tests.licensing.licences.test_certificates import KEY, _facts, _grant
from licensing.licences import certificates
made = certificates.make(grant=_grant(work_title="雨后的河口 Estuary"), facts=_facts(language="zh"), key=KEY)
import hashlib, sys; sys.stdout.write(hashlib.sha256(made.pdf).hexdigest())
"""


def test_another_process_makes_the_same_bytes() -> None:
    made = certificates.make(grant=_grant(work_title="雨后的河口 Estuary"), facts=_facts(language="zh"), key=KEY)
    again = subprocess.run(
        [sys.executable, "-c", _AGAIN],
        check=True,
        capture_output=True,
        text=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
    )
    assert again.stdout == canonical.sha256_hex(made.pdf)


@pytest.mark.django_db
def test_facts_are_gathered_from_the_papers_of_the_piece() -> None:
    buyer = factories.user(first_name="Ada", last_name="Lovelace")
    piece = factories.piece(factories.user())
    factories.review(piece)
    signed = factories.papers(piece)
    grant = grants.grant(
        piece=piece,
        template=factories.template(),
        holder=buyer,
        holder_email=buyer.email,
        work_title="Estuary",
        edition_number=1,
        edition_size=5,
        source="sale-1",
    )
    with pytest.raises(Conflict) as caught:
        certificates.gather(grant, maker="Mei Tanaka", site_url="https://vernissage.example/")
    assert caught.value.code == "papers_missing"
    LogLeaf.objects.create(index=7, kind="piece.papered", subject=str(piece.pk), body="{}", leaf_hash="66" * 32)
    facts = certificates.gather(
        grant, maker="Mei Tanaka", site_url="https://vernissage.example/", copy_sha256="44" * 32
    )
    assert facts == Facts(
        maker="Mei Tanaka",
        holder="Ada Lovelace",
        picture=storage.read("masters", piece.master_name),
        model=piece.checkpoint.title,
        made_at=piece.finished_at,
        record_sha256=signed.record.sha256,
        content_sha256=json.loads(signed.record.body)["piece"]["content_sha256"],
        file_sha256=signed.sha256,
        copy_sha256="44" * 32,
        log=LogPlace(index=7, leaf_hash="66" * 32),
        site_url="https://vernissage.example",
    )
