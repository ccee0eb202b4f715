"""What one leaf of the transparency log says: that a piece got its papers, or what became of it since. Pure."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Self

from common.errors import Unprocessable
from licensing.provenance import canonical

__all__ = [
    "COMPROMISED",
    "CORRECTED",
    "EXPIRED",
    "GRANTED",
    "PAPERED",
    "REVIEWED",
    "REVOKED",
    "ROTATED",
    "TRANSFERRED",
    "WITHDRAWN",
    "Notice",
    "Statement",
    "StatementInvalid",
]

PAPERED = "piece.papered"
CORRECTED, REVIEWED, WITHDRAWN = "piece.corrected", "piece.reviewed", "piece.withdrawn"
GRANTED, REVOKED, EXPIRED = "licence.granted", "licence.revoked", "licence.expired"
TRANSFERRED = "licence.transferred"
ROTATED, COMPROMISED = "key.rotated", "key.compromised"
# What a notice of each type tells beside its subject. No personal data: the log is public and for ever.
_DETAILS = {
    CORRECTED: frozenset(("record_sha256", "previous_sha256")),
    REVIEWED: frozenset(("record_sha256", "outcome")),
    WITHDRAWN: frozenset(("record_sha256",)),
    GRANTED: frozenset(("grant_sha256", "licence", "terms_sha256")),
    REVOKED: frozenset(("grant_sha256",)),
    TRANSFERRED: frozenset(("grant_sha256",)),
    EXPIRED: frozenset(("grant_sha256",)),
    ROTATED: frozenset(("old", "new", "old_signature", "new_signature")),
    COMPROMISED: frozenset(("since",)),
}
_LARGEST = 16 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z", re.ASCII)


class StatementInvalid(Unprocessable):
    code = "log_statement_invalid"
    title = "This is not a statement of the log."


@dataclass(frozen=True, kw_only=True)
class Statement:
    """`file_sha256` is the finished file with its credential, `content_sha256` the same file without it."""

    type: str
    subject: str
    record_sha256: str
    content_sha256: str
    file_sha256: str
    at: str
    v: int = 1

    def encode(self) -> bytes:
        """The canonical bytes whose leaf hash stands in the log."""
        return canonical.encode(asdict(self))

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read canonical bytes. Raises StatementInvalid on any other field, form or version."""
        document = _document(body)
        if not isinstance(document, dict) or set(document) != set(cls.__dataclass_fields__):
            raise StatementInvalid("The log statement has not exactly its seven fields.")
        digests = (document["record_sha256"], document["content_sha256"], document["file_sha256"])
        named = (document["type"], document["subject"])
        if (
            document["v"] != 1
            or not all(isinstance(name, str) and 0 < len(name) <= 200 for name in named)
            or not all(isinstance(digest, str) and _DIGEST.match(digest) for digest in digests)
            or not isinstance(document["at"], str)
            or not _TIME.match(document["at"])
        ):
            raise StatementInvalid("The log statement has a field that is not in its form.")
        return cls(**document)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that happened to the subject, a piece or a key; `details` are those that belong to the type."""

    type: str
    subject: str
    details: dict[str, str]
    at: str
    v: int = 1

    def encode(self) -> bytes:
        """The canonical bytes whose leaf hash stands in the log. Raises StatementInvalid for other details."""
        body = canonical.encode(asdict(self))
        self.parse(body)
        return body

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read canonical bytes. Raises StatementInvalid on any other type, field, form or version."""
        document = _document(body)
        if not isinstance(document, dict) or set(document) != set(cls.__dataclass_fields__):
            raise StatementInvalid("The notice has not exactly its five fields.")
        details, subject = document["details"], document["subject"]
        if (
            document["v"] != 1
            or not isinstance(subject, str)
            or not 0 < len(subject) <= 200
            or not isinstance(details, dict)
            or not all(isinstance(detail, str) for detail in details.values())
            or _DETAILS.get(str(document["type"])) != frozenset(details)
            or not _TIME.match(str(document["at"]))
        ):
            raise StatementInvalid("The notice has a field that is not in its form.")
        return cls(**document)


def _document(body: bytes) -> Any:
    if len(body) > _LARGEST:
        raise StatementInvalid("The log statement is larger than any.")
    try:
        return canonical.parse(body)
    except canonical.NotCanonical as error:
        raise StatementInvalid(error.detail) from error
