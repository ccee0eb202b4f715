"""Whether the licence certificate in a bundle was signed by the house, and speaks of the very copy beside it. Pure.

Only the signed statement inside the PDF counts. What is printed on its page is a picture of it, and is not compared.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from licensing.provenance import canonical
from licensing.provenance.report import State, Subject, Verdict

__all__ = ["CONTEXT", "TYPE", "attached", "check", "is_signed"]

TYPE = "vernissage.certificate"
# So that a signature over a certificate can never pass for one over anything else that the same key signs.
CONTEXT = b"vernissage.certificate.v1\n"
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_MOST_STREAMS, _LARGEST = 200, 64 * 1024
_SIGNATURE = re.compile(rb"[0-9a-f]{128}")


def is_signed(data: bytes, signature: bytes, public_key: Ed25519PublicKey) -> bool:
    """Whether `public_key` signed exactly this statement as a certificate."""
    try:
        public_key.verify(signature, CONTEXT + data)
    except InvalidSignature:
        return False
    return True


def check(
    pdf: bytes, *, keys: tuple[Ed25519PublicKey, ...], piece_id: str | None, grant_id: str | None, file_sha256: str
) -> Verdict:
    """The verdict on a certificate that stands beside the file of `file_sha256`, judged by the house's log `keys`."""
    found = attached(pdf)
    if found is None:
        return _verdict(State.FAILS, "certificate_unread")
    data, signature = found
    told = canonical.parse(data)
    signer = next((key for key in keys if canonical.sha256_hex(key.public_bytes_raw()) == told["key_sha256"]), None)
    if signer is None:
        return _verdict(State.NOT_CHECKED, "certificate_unvouched")
    if not is_signed(data, signature, signer):
        return _verdict(State.FAILS, "certificate_forged")
    said = (told["piece"]["id"], told["grant"]["id"], told["piece"]["copy_sha256"])
    if said != (piece_id, grant_id, file_sha256):
        return _verdict(State.FAILS, "certificate_of_another")
    details = {"licence": told["grant"]["licence"], "holder": told["grant"]["holder"]}
    return _verdict(State.HOLDS, "certificate_sound", details)


def attached(pdf: bytes) -> tuple[bytes, bytes] | None:
    """Statement and signature, where the PDF carries exactly one of each. Takes bounded time and memory."""
    statements, signatures = [], []
    for content in _streams(pdf):
        if _SIGNATURE.fullmatch(content):
            signatures.append(bytes.fromhex(content.decode()))
        elif _is_statement(content):
            statements.append(content)
    return (statements[0], signatures[0]) if (len(statements), len(signatures)) == (1, 1) else None


def _streams(pdf: bytes) -> Iterator[bytes]:
    """What the streams of a PDF hold, packed or not; those that are too large for a statement are passed over."""
    for number, match in enumerate(_STREAM.finditer(pdf)):
        if number == _MOST_STREAMS:
            return
        packed = match[1]
        try:
            unpacked = zlib.decompressobj()
            content = unpacked.decompress(packed, _LARGEST)
        except zlib.error:
            content = packed
        if len(content) < _LARGEST:
            yield content


def _is_statement(content: bytes) -> bool:
    """Whether this is a statement whose parts that are asked for are all there."""
    try:
        told: Any = canonical.parse(content)
        parts = (told["grant"]["id"], told["grant"]["licence"], told["grant"]["holder"], told["piece"]["id"])
        return (
            told["type"] == TYPE
            and all(isinstance(one, str) for one in (*parts, told["key_sha256"]))
            and ("copy_sha256" in told["piece"])
        )
    except (ValueError, KeyError, TypeError, RecursionError, canonical.NotCanonical):
        return False


def _verdict(state: State, code: str, details: dict[str, Any] | None = None) -> Verdict:
    return Verdict(subject=Subject.CERTIFICATE, state=state, code=code, details=details or {})
