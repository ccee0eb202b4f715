"""Time-stamps by an independent authority (RFC 3161) on tree heads: asked for over HTTP, checked without a network."""

import hashlib
import urllib.error
import urllib.request
from datetime import datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from common.errors import Conflict

__all__ = ["AuthoritySilent", "StampOfAnother", "ask", "stamped_at"]

_SECONDS = 10
_LARGEST = 64 * 1024


class AuthoritySilent(Conflict):
    code = "time_stamp_authority_silent"
    title = "The time-stamping authority gave no usable answer. It will be asked again."


class StampOfAnother(ValueError):
    """A time-stamp that belongs to something else, or cannot be read."""


def ask(data: bytes, *, url: str) -> bytes:
    """The authority's reply (DER) on the SHA-256 of `data`, checked to be about it. Raises AuthoritySilent."""
    query = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        # The address is an operator's setting, never a stranger's.
        request = urllib.request.Request(url, query.as_bytes(), headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            token: bytes = answer.read(_LARGEST)
        _read(token, data)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise AuthoritySilent() from error
    return token


def stamped_at(token: bytes, data: bytes, *, anchors: str | None) -> datetime | None:
    """When an authority that `anchors` (PEM) vouch for saw `data`; None where they vouch for none.

    Raises StampOfAnother where the reply is not about `data`.
    """
    reply = _read(token, data)
    for root in x509.load_pem_x509_certificates(anchors.encode()) if anchors else ():
        try:
            VerifierBuilder().add_root_certificate(root).build().verify_message(reply, data)
        except (VerificationError, ValueError):
            continue
        at: datetime = reply.tst_info.gen_time
        return at
    return None


def _read(token: bytes, data: bytes) -> TimeStampResponse:
    try:
        reply = decode_timestamp_response(token)
        fits = reply.tst_info.message_imprint.message == hashlib.sha256(data).digest()
    except ValueError as error:
        raise StampOfAnother("The time-stamp cannot be read.") from error
    if not fits:
        raise StampOfAnother("The time-stamp belongs to another tree head.")
    return reply
