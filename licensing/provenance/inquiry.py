"""What this house says of a file that somebody brings: the verifier with our own keys, and what our rows know of it."""

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from generation.models import Piece
from licensing.models import ProvenanceRecord, Review
from licensing.provenance import canonical, house, visible

if TYPE_CHECKING:
    from licensing.provenance.recovery import Trace
    from licensing.provenance.report import Report

__all__ = ["Found", "Withdrawn", "look_into"]

# A file of 60 MiB takes 200 MiB while it is looked into. Each thread of a web process doing so at once would add up.
_ONE_AT_A_TIME = threading.Lock()
_LONGEST_TEXT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Found:
    """`report` as of `verify.check`; `made_here` tells whether the record it carries is one of ours.

    Looked for where no papers were found: `trace`, the piece whose mark the picture carries, and `same_words`, the
    text of this house that has the same words.
    """

    report: "Report"
    made_here: bool
    trace: "Trace | None" = None
    same_words: UUID | None = None


class Withdrawn:
    """The ids of pieces whose approval was taken back, asked one by one: the list may be long."""

    def __contains__(self, piece_id: object) -> bool:
        try:
            known = UUID(str(piece_id))
        except ValueError:  # a stranger's record may call its piece anything
            return False
        return Review.objects.filter(piece_id=known, state=Review.State.WITHDRAWN).exists()

    def __iter__(self) -> Iterator[str]:
        taken_back = Review.objects.filter(state=Review.State.WITHDRAWN)
        return (str(piece_id) for piece_id in taken_back.values_list("piece_id", flat=True).iterator())

    def __len__(self) -> int:
        return Review.objects.filter(state=Review.State.WITHDRAWN).count()


def look_into(file: IO[bytes], *, name: str, sidecar: bytes | None = None) -> Found:
    """What `file` is, by our root and our log's keys. Raises verify.FileTooLarge."""
    from licensing.provenance import recovery, verify  # bring c2pa and cv2, of which most web processes have no need

    trust = verify.listed_trust(house.key_list())
    with _ONE_AT_A_TIME:
        data = file.read()
        report = verify.check(data, name=name, trust=trust, withdrawn=Withdrawn(), sidecar=sidecar)
        bare = report.overall.value == "none"
        trace, words = (recovery.find(data), _same_words(data)) if bare else (None, None)
    return Found(report=report, made_here=_made_here(report.record), trace=trace, same_words=words)


def _same_words(data: bytes) -> UUID | None:
    """The text whose words these are, however the lines end and whatever stands behind them."""
    try:
        text = unicodedata.normalize("NFC", data[:_LONGEST_TEXT].decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None
    lines = [line.rstrip() for line in text.splitlines()]
    words = visible.unlabelled("\n".join(lines).strip("\n"))
    if not words.strip():
        return None
    same = Piece.objects.filter(content_sha256=canonical.sha256_hex(words.encode()), kind="text")
    return same.order_by("finished_at").values_list("pk", flat=True).first()


def _made_here(record: dict[str, Any] | None) -> bool:
    if record is None:
        return False
    sha256 = canonical.sha256_hex(canonical.encode(record))
    return ProvenanceRecord.objects.filter(sha256=sha256).exists()
