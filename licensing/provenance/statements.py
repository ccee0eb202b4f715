"""What one leaf of the transparency log says: which record, content and file belong together. Pure."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Self

from common.errors import Unprocessable
from licensing.provenance import canonical

__all__ = ["PAPERED", "Statement", "StatementInvalid"]

PAPERED = "piece.papered"
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
        if len(body) > _LARGEST:
            raise StatementInvalid("The log statement is larger than any.")
        try:
            document: Any = canonical.parse(body)
        except canonical.NotCanonical as error:
            raise StatementInvalid(error.detail) from error
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
