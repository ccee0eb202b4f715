"""Keys change hands: the log's by a statement of both, the signer's under one root, a stolen one by public notice."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.test import Client

from common import storage
from licensing.models import LogLeaf
from licensing.provenance import (
    canonical,
    certificates,
    credentials,
    house,
    keys,
    packing,
    publish,
    rotations,
    verify,
)
from licensing.provenance.key_list import KeyList, TrustUnreadable
from licensing.provenance.report import ExitCode, Overall, State, Subject
from licensing.provenance.statements import Notice, StatementInvalid
from licensing.provenance.tree_heads import parse_log_key
from tests import factories
from tests.licensing.provenance.papers import AT, papers, sign

NOW = "2026-11-26T12:00:00.000Z"


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, settings: Any) -> Path:
    """A folder of signing keys for this test alone: others must not meet its rotations."""
    settings.SIGNING_KEYS = tmp_path / "signing"
    return tmp_path / "signing"


def run(*arguments: str) -> str:
    call_command("signing_keys", *arguments, stdout=(out := StringIO()))
    return out.getvalue()


@pytest.mark.django_db
def test_a_bundle_from_before_and_one_from_after_a_rotation_hold_for_whoever_knows_only_the_first_key(
    own_keys: Path,
) -> None:
    first = keys.ensure(own_keys)
    piece = factories.piece(factories.user())
    publish.papers(piece.pk)
    before = packing.bundle(piece=piece)

    run("rotate-log")
    run("rotate-log")
    after = packing.bundle(piece=piece)

    assert keys.ensure(own_keys).log_public != first.log_public
    assert LogLeaf.objects.filter(kind="key.rotated").count() == 2
    assert house.enter_rotations() == 0
    for trust in (
        verify.Trust(anchors=first.root_pem, log_keys=(first.log_public,)),
        verify.Trust(anchors=first.root_pem),
        verify.listed_trust(house.key_list()),
    ):
        for data in (before, after):
            report = verify.check(data, name="b.zip", trust=trust)
            head = report.verdict(Subject.TREE_HEAD)
            assert head is not None
            assert (report.overall, head.state) == (Overall.TRUSTED, State.HOLDS)


@pytest.mark.django_db
def test_a_rotation_that_was_cut_short_is_completed_or_never_happened(
    own_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, write = keys.ensure(own_keys), keys._write

    def after(most: int) -> Callable[..., None]:
        left = iter(range(most))

        def break_off(path: Path, text: str, *, mode: int = 0o600) -> None:
            if next(left, None) is None:
                raise OSError("power cut")
            write(path, text, mode=mode)

        return break_off

    for writes in (0, 1, 2):
        monkeypatch.setattr(keys, "_write", after(writes))
        with pytest.raises(OSError, match="power cut"):
            keys.rotate_log_key(own_keys)
        left = keys.ensure(own_keys)
        assert left.log_public in rotations.followed([first.log_public], left.rotations)


def test_only_a_statement_of_both_keys_moves_trust() -> None:
    old, new, thief = (Ed25519PrivateKey.generate() for _ in range(3))
    good = rotations.rotate(name="log.test", old=old, new=new, at=NOW)
    start = parse_log_key(good.details["old"])

    assert [key.text for key in rotations.followed([start], [good])] == [good.details["old"], good.details["new"]]
    forged = rotations.rotate(name="log.test", old=thief, new=new, at=NOW)
    swapped = replace(good, details={**good.details, "new": forged.details["old"]})
    unsigned = replace(good, details={**good.details, "new_signature": forged.details["old_signature"]})
    later = replace(good, at="2027-01-01T00:00:00.000Z")
    elsewhere = replace(good, subject="other.log")
    garbled = replace(good, details={**good.details, "old_signature": "%%%"})
    for notice in (forged, swapped, unsigned, later, elsewhere, garbled):
        assert rotations.followed([start], [notice]) == (start,)


@pytest.mark.django_db
def test_a_compromised_signer_is_believed_by_nobody_who_has_the_list(own_keys: Path, tmp_path: Path) -> None:
    mine = keys.ensure(own_keys)
    piece = factories.piece(factories.user())
    data = storage.read("masters", publish.papers(piece.pk).name)
    assert f"serial {mine.serial}" in run("show")

    run("compromised", mine.serial, "--since", "2026-01-01T00:00:00Z")

    report = verify.check(data, name="x.png", trust=verify.listed_trust(house.key_list()))
    verdict = report.verdict(Subject.KEY)
    assert verdict is not None
    assert (report.overall, verdict.code) == (Overall.BROKEN, "key_compromised")
    assert "已泄露" in verdict.sentence("zh")
    listed, file = tmp_path / "keys.json", tmp_path / "x.png"
    listed.write_bytes(Client().get("/.well-known/vernissage/keys.json").content)
    file.write_bytes(data)
    assert verify.main([str(file), "--keys", str(listed)]) == ExitCode.BROKEN
    run("renew")
    fresh = factories.piece(factories.user())
    again = storage.read("masters", publish.papers(fresh.pk).name)
    trust = verify.listed_trust(house.key_list())
    assert verify.check(again, name="x", trust=trust).overall is Overall.TRUSTED
    assert "compromised" in run("show")
    with pytest.raises(CommandError, match="digits only"):
        run("compromised", "abc")


@pytest.mark.django_db
def test_the_published_keys_are_those_that_check_and_read_back(own_keys: Path) -> None:
    mine, client = keys.ensure(own_keys), Client()
    run("rotate-log")

    served = client.get("/.well-known/vernissage/keys.json")
    listed = KeyList.parse(served.content)

    assert listed == house.key_list()
    assert "max-age" in served["Cache-Control"]
    assert client.get("/.well-known/vernissage/root.pem").content.decode() == mine.root_pem
    lines = client.get("/.well-known/vernissage/log.pub").content.decode().splitlines()
    assert lines == [key.text for key in listed.all_log_keys]
    assert lines[0] == mine.log_public.text
    for wrong in (
        b"",
        b"{}",
        b"[]",
        b'{"type":"vernissage.key-list","v":1}',
        served.content.replace(b"BEGIN", b"BEGUN"),
    ):
        with pytest.raises(TrustUnreadable):
            KeyList.parse(wrong)


def test_the_roots_key_may_lie_elsewhere_until_a_signer_is_issued(own_keys: Path) -> None:
    first = keys.ensure(own_keys)
    away = (own_keys / "root.key").rename(own_keys.parent / "root.key")

    assert keys.ensure(own_keys, at=datetime.now(UTC) + timedelta(days=350)).serial == first.serial
    with pytest.raises(CommandError, match=r"bring root\.key back"):
        run("renew")
    away.rename(own_keys / "root.key")
    assert keys.renew_signer(own_keys).serial != first.serial


_ELSEWHERE = ec.generate_private_key(ec.SECP256R1())


def sign_elsewhere(data: bytes) -> bytes:
    """Stands for a key management service, which never gives its key away."""
    return _ELSEWHERE.sign(data, ec.ECDSA(hashes.SHA256()))


def test_a_signer_whose_key_is_kept_elsewhere_signs_through_a_function(own_keys: Path) -> None:
    keys.ensure(own_keys)
    root = keys._read_root(own_keys)
    issued = certificates.issue_signer(root=root, organisation="Vernissage", key=_ELSEWHERE)
    (own_keys / "signer.pem").write_text(certificates.pem(*issued.chain))
    with pytest.raises(keys.KeysDamaged, match=r"signer\.callback"):
        keys.ensure(own_keys)
    (own_keys / "signer.callback").write_text("no.such:function\n")
    with pytest.raises(keys.KeysDamaged, match="cannot be imported"):
        keys.ensure(own_keys)
    (own_keys / "signer.callback").write_text(f"{__name__}:sign_elsewhere\n")

    mine = keys.ensure(own_keys)

    assert mine.signer_key_pem == ""
    signed = sign(papers().content, papers().record.body, media_type="image/png", by=mine)
    assert credentials.read(data=signed, media_type="image/png", anchors=mine.root_pem).state == "trusted"
    copy = credentials.sign_copy(
        signed=signed, media_type="image/png", title="Sea", grant_id="grant-1", keys=mine, at=AT
    )
    report = verify.check(copy, name="copy", trust=verify.Trust(anchors=mine.root_pem))
    assert (report.overall, report.grant_id) == (Overall.TRUSTED, "grant-1")


def test_notices_have_one_form() -> None:
    notice = Notice(type="licence.revoked", subject="piece", details={"grant_sha256": "ab" * 32}, at=NOW)

    assert Notice.parse(notice.encode()) == notice
    good = json.loads(notice.encode())
    wrong: tuple[dict[str, Any], ...] = (
        {"type": "piece.painted"},
        {"details": {}},
        {"details": {"grant_sha256": 7}},
        {"subject": ""},
        {"at": "today"},
        {"v": 2},
        {"more": 1},
    )
    for change in wrong:
        with pytest.raises(StatementInvalid):
            Notice.parse(canonical.encode({**good, **change}))
