"""Files that come with a claim: few, small, of known kinds, and never opened here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from common import storage
from common.errors import BadRequest
from licensing.models import ClaimEvidence

__all__ = ["MAX_BYTES", "MAX_FILES", "EvidenceRefused", "File", "stored"]

MAX_FILES = 5
MAX_BYTES = 10 * 2**20
_STARTS = {b"%PDF-": ".pdf", b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}
_TITLE = 120


class EvidenceRefused(BadRequest):
    code = "evidence_refused"
    title = f"Send at most {MAX_FILES} files of {MAX_BYTES // 2**20} MiB each: PDF, PNG, JPEG, WebP or plain text."


@dataclass(frozen=True)
class File:
    """A file as it came: what it was called, and its bytes."""

    title: str
    data: bytes

    @classmethod
    def of(cls, upload: "UploadedFile[bytes]") -> "File":
        """An upload; of one that is too large no more than shows it."""
        return cls(upload.name or "", upload.read(MAX_BYTES + 1))


def stored(files: Sequence[File]) -> list[ClaimEvidence]:
    """The files, each in the private area under a suffix by its first bytes, as rows that belong to no claim yet.

    One that came twice is there once. Raises EvidenceRefused before anything is stored.
    """
    if len(files) > MAX_FILES or any(not 0 < len(one.data) <= MAX_BYTES for one in files):
        raise EvidenceRefused()
    rows = {}
    for one, suffix in [(one, _suffix(one.data)) for one in files]:
        kept = storage.put("masters", one.data, suffix)
        rows[kept.name] = ClaimEvidence(title=_title(one.title), name=kept.name, byte_count=kept.byte_count)
    return list(rows.values())


def _suffix(data: bytes) -> str:
    for start, suffix in _STARTS.items():
        if data.startswith(start):
            return suffix
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    try:
        words = data.decode()
    except UnicodeDecodeError:
        raise EvidenceRefused() from None
    if "\x00" in words:
        raise EvidenceRefused()
    return ".txt"


def _title(given: str) -> str:
    """The last part of the name, in what can be printed."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[-_TITLE:] or "file"
