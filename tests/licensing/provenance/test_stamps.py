"""Independent time-stamps, from a real authority: in credentials and on tree heads."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.conf import settings as django_settings

from licensing import tasks
from licensing.models import HeadStamp, SignedFile
from licensing.provenance import certificates, credentials, keys, log, packing, publish, stamps, verify
from licensing.provenance.bundle import pack
from licensing.provenance.credentials import CredentialRefused
from licensing.provenance.report import Overall, State, Subject
from tests import factories
from tests.licensing.provenance.authority import authority
from tests.licensing.provenance.papers import AT, papers

NOBODY = "http://127.0.0.1:9/"


def house() -> keys.SigningKeys:
    return keys.ensure(django_settings.SIGNING_KEYS)


def root() -> certificates.Authority:
    key = certificates.key_from_pem((django_settings.SIGNING_KEYS / "root.key").read_text())
    return certificates.Authority(certificate=x509.load_pem_x509_certificate(house().root_pem.encode()), key=key)


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[str]:
    with authority(tmp_path, root_pem=house().root_pem, root_key=root().key) as url:
        yield url


@pytest.mark.django_db
def test_papers_with_an_authority_carry_its_time_and_the_bundle_its_stamp_on_the_head(
    clock: str, settings: Any
) -> None:
    settings.TSA_URL = clock
    piece = factories.piece(factories.user())

    publish.papers(piece.pk)
    tasks.stamp_head()
    tasks.stamp_head()

    assert HeadStamp.objects.count() == 1
    mine = house()
    report = verify.check(packing.bundle(piece=piece), name="b.zip", trust=verify.Trust(anchors=mine.root_pem))
    assert report.overall is Overall.TRUSTED
    head, stamp = report.verdict(Subject.TREE_HEAD), report.verdict(Subject.TIME_STAMP)
    assert head is not None
    assert head.code == "tree_head_stamped"
    assert stamp is not None
    assert stamp.code == "time_stamped"


@pytest.mark.django_db
def test_while_the_authority_is_silent_nothing_is_signed_and_the_next_run_succeeds(clock: str, settings: Any) -> None:
    piece = factories.piece(factories.user())
    settings.TSA_URL = NOBODY

    with pytest.raises(CredentialRefused):
        publish.papers(piece.pk)
    assert not SignedFile.objects.filter(piece=piece).exists()
    settings.TSA_URL = clock
    assert publish.papers(piece.pk) == SignedFile.objects.get(piece=piece)
    assert log.stamp_newest(url=NOBODY) is None
    assert log.stamp_newest(url=clock) is not None


def test_a_stamp_of_another_head_is_found_and_an_unknown_authority_proves_nothing(clock: str) -> None:
    token = stamps.ask(b"one head", url=clock)
    mine = house()

    with pytest.raises(stamps.StampOfAnother):
        stamps.stamped_at(token, b"another head", anchors=mine.root_pem)
    with pytest.raises(stamps.StampOfAnother):
        stamps.stamped_at(token[:-40], b"one head", anchors=mine.root_pem)
    assert stamps.stamped_at(token, b"one head", anchors=papers().keys.root_pem) is None
    at = stamps.stamped_at(token, b"one head", anchors=mine.root_pem)
    assert at is not None
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    bundle = papers().bundle(stamp=token)
    report = verify.check(pack(bundle), name="b", trust=verify.Trust(anchors=papers().keys.root_pem))
    verdict = report.verdict(Subject.TREE_HEAD)
    assert verdict is not None
    assert (verdict.state, verdict.code) == (State.FAILS, "tree_head_wrong")


def test_a_stamped_credential_outlives_its_certificate(clock: str) -> None:
    mine = house()
    began = datetime.now(UTC) - timedelta(days=365) + timedelta(seconds=4)
    issued = certificates.issue_signer(root=root(), organisation="Old", at=began)
    old = replace(
        mine,
        chain_pem=certificates.pem(*issued.chain),
        signer_key_pem=certificates.key_to_pem(issued.key),
        serial=str(issued.chain[0].serial_number),
    )
    piece = papers()
    asked = {"content": piece.content, "media_type": "image/png", "title": "Sea", "record": piece.record.body}
    signed = credentials.sign(**asked, ingredients=[], keys=old, at=AT, tsa_url=clock)  # type: ignore[arg-type]

    time.sleep(max(0.0, (began + timedelta(days=365) - datetime.now(UTC)).total_seconds()) + 1)

    later = credentials.read(data=signed, media_type="image/png", anchors=mine.root_pem)
    assert (later.state, later.time_stamped) == (credentials.State.TRUSTED, True)


def test_an_authority_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(stamps.AuthoritySilent):
        stamps.ask(b"head", url=f"http://127.0.0.1:{deaf.getsockname()[1]}/")
