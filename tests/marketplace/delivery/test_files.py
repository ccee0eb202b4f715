"""The files of a grant: they prove themselves with nothing but the house's public keys."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings

from common import storage
from licensing.models import Grant, SignedFile
from licensing.provenance import bundle as bundles
from licensing.provenance import certificate_checks, credentials, keys, verify
from licensing.provenance.report import ExitCode, Overall, Subject
from marketplace import delivery
from marketplace.models import Delivery, Order
from tests import factories
from tests.marketplace.delivery.conftest import papered

pytestmark = pytest.mark.django_db

Delivered = Callable[..., tuple[Order, Grant]]


def trust() -> verify.Trust:
    house = keys.ensure(settings.SIGNING_KEYS)
    return verify.Trust(anchors=house.root_pem, log_keys=(house.log_public,))


def test_the_bundle_verifies_offline_and_names_the_grant(delivered: Delivered) -> None:
    _, grant = delivered()
    files = Delivery.objects.get(grant=grant)
    data = storage.read("masters", files.bundle_name)
    report = verify.check(data, name="bundle.zip", trust=trust())
    assert report.exit_code == ExitCode.TRUSTED
    assert report.grant_id == str(grant.pk)
    assert (report.sha256, report.byte_count) == (files.bundle_sha256, files.bundle_bytes)


def test_a_changed_bundle_does_not_verify(delivered: Delivered) -> None:
    _, grant = delivered()
    data = bytearray(storage.read("masters", Delivery.objects.get(grant=grant).bundle_name))
    data[len(data) // 2] ^= 1
    assert verify.check(bytes(data), name="bundle.zip", trust=trust()).exit_code == ExitCode.BROKEN


def test_the_holders_picture_is_a_copy_of_its_own_with_the_history_kept(delivered: Delivered) -> None:
    _, grant = delivered()
    files, signed = Delivery.objects.get(grant=grant), SignedFile.objects.get(piece=grant.piece)
    copy = storage.read("masters", files.picture_name)
    found = credentials.read(data=copy, media_type=files.picture_media_type, anchors=trust().anchors)
    assert found.state is credentials.State.TRUSTED
    assert found.copy is not None
    assert (found.copy["grant"], found.copy["original_sha256"]) == (str(grant.pk), signed.sha256)
    assert found.papers is not None
    assert found.papers["record_sha256"] == signed.record.sha256


def test_the_bundle_holds_that_picture_and_that_certificate(delivered: Delivered) -> None:
    _, grant = delivered()
    files = Delivery.objects.get(grant=grant)
    parts = bundles.unpack(storage.read("masters", files.bundle_name))
    assert parts.file == storage.read("masters", files.picture_name)
    assert parts.certificate == storage.read("masters", files.certificate_name)
    assert parts.certificate is not None
    assert parts.certificate.startswith(b"%PDF-")


def rebundled(files: Delivery, certificate: bytes) -> bytes:
    parts = bundles.unpack(storage.read("masters", files.bundle_name))
    return bundles.pack(replace(parts, certificate=certificate))


def judged(data: bytes, trusted: verify.Trust | None = None) -> tuple[str, str, Overall]:
    report = verify.check(data, name="bundle.zip", trust=trusted or trust())
    verdict = report.verdict(Subject.CERTIFICATE)
    assert verdict is not None
    assert "{" not in verdict.sentence("en") + verdict.sentence("zh")
    return verdict.state.value, verdict.code, report.overall


def test_the_certificate_is_checked_offline_against_the_copy_beside_it(delivered: Delivered) -> None:
    (_, grant), (_, other) = delivered(), delivered()
    files, others = Delivery.objects.get(grant=grant), Delivery.objects.get(grant=other)
    bundle = storage.read("masters", files.bundle_name)

    assert judged(bundle) == ("holds", "certificate_sound", Overall.TRUSTED)
    assert judged(bundle, replace(trust(), log_keys=())) == ("holds", "certificate_sound", Overall.TRUSTED)
    assert judged(bundle, verify.Trust())[:2] == ("not_checked", "certificate_unvouched")
    swapped = rebundled(files, storage.read("masters", others.certificate_name))
    assert judged(swapped) == ("fails", "certificate_of_another", Overall.BROKEN)


def test_a_certificate_that_says_more_than_was_signed_is_forged(delivered: Delivered) -> None:
    _, grant = delivered()
    files = Delivery.objects.get(grant=grant)
    found = certificate_checks.attached(storage.read("masters", files.certificate_name))
    assert found is not None
    data, signature = found

    def pdf(*contents: bytes) -> bytes:
        return b"%PDF-1.7\n" + b"".join(b"stream\n" + zlib.compress(one) + b"\nendstream\n" for one in contents)

    sealed = signature.hex().encode()
    assert judged(rebundled(files, pdf(data, sealed)))[1] == "certificate_sound"
    altered = data.replace(b'"exclusive":false', b'"exclusive":true')
    assert altered != data
    assert judged(rebundled(files, pdf(altered, sealed))) == ("fails", "certificate_forged", Overall.BROKEN)
    for contents in ((data,), (sealed,), (data, altered, sealed), (data[:-1], sealed), (b"[" * 60_000, sealed)):
        assert judged(rebundled(files, pdf(*contents)))[:2] == ("fails", "certificate_unread")
    assert judged(rebundled(files, pdf(bytes(2**24), sealed)))[1] == "certificate_unread"


@pytest.mark.parametrize(("licence", "opened"), [("personal", False), ("exclusive", True), ("loan", False)])
def test_only_a_sole_holder_gets_what_the_piece_can_be_made_from(
    delivered: Delivered, licence: str, opened: bool
) -> None:
    factories.template("loan", exclusive=True, lasts_days=30)
    _, grant = delivered(papered(prices={licence: 90_000}, edition_size=1), licence=licence)
    parts = bundles.unpack(storage.read("masters", Delivery.objects.get(grant=grant).bundle_name))
    assert (parts.openings is not None) is opened


def test_files_are_made_once(delivered: Delivered) -> None:
    _, grant = delivered()
    first = Delivery.objects.values().get()
    assert delivery.make_files(grant, language="en") == Delivery.objects.get()
    assert Delivery.objects.values().get() == first
