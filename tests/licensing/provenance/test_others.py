"""Files that another implementation of C2PA signed are read and classed rightly. Their origin lies beside them."""

from pathlib import Path

import pytest

from licensing.provenance import containers, verify
from licensing.provenance.report import Overall, Report, State, Subject
from tests.licensing.provenance.papers import papers

FOLDER = Path(__file__).resolve().parents[2] / "data" / "c2pa-ts"
SIGNED = ("signed.jpg", "signed.png")


def check(data: bytes, *, anchors: str | None) -> Report:
    return verify.check(data, name="file", trust=verify.Trust(anchors=anchors))


def root() -> str:
    return (FOLDER / "root.pem").read_text("ascii")


def code(report: Report, subject: Subject) -> str:
    verdict = report.verdict(subject)
    assert verdict is not None
    return verdict.code


@pytest.mark.parametrize("name", SIGNED)
def test_a_good_file_is_good_for_whom_trusts_its_root_and_from_an_unknown_signer_for_others(name: str) -> None:
    data = (FOLDER / name).read_bytes()

    known = check(data, anchors=root())
    assert known.overall is Overall.TRUSTED
    assert (code(known, Subject.SIGNER), known.signer) == ("signer_trusted", "Stranger Signer, Stranger")
    assert code(known, Subject.RECORD) == "record_absent"
    for anchors in (None, papers().keys.root_pem):
        assert check(data, anchors=anchors).overall is Overall.UNKNOWN_SIGNER


@pytest.mark.parametrize("name", SIGNED)
def test_an_altered_picture_an_altered_credential_and_a_bad_signature_are_told_apart(name: str) -> None:
    data = (FOLDER / name).read_bytes()

    def changed(at: int) -> Report:
        return check(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], anchors=root())

    picture = changed(len(data) - 60)
    assert picture.overall is Overall.BROKEN
    assert code(picture, Subject.BYTES) == "bytes_altered"
    assert changed(data.index(b"trainedAlgorithmicMedia")).overall is Overall.BROKEN
    store = containers.read(data).credential or b""
    # The signature is the last item of the COSE message: a CBOR byte string of 64.
    signature = data.rindex(b"\x58\x40", 0, data.index(store[-8:]) + 8) + 20
    bad = changed(signature)
    verdict = bad.verdict(Subject.CREDENTIAL)
    assert verdict is not None
    assert (verdict.state, verdict.code) == (State.FAILS, "credential_altered")
    assert "claimSignature.mismatch" in verdict.details["codes"]
