"""What this house says of a file that somebody brings: the verifier with our own keys, and what our rows know of it."""

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from generation.models import Checkpoint, Piece
from licensing.models import ProvenanceRecord, Review, WithdrawnPiece
from licensing.provenance import canonical, house, visible

if TYPE_CHECKING:
    from generation.evaluation.text_marks import Marked
    from licensing.provenance.recovery import Trace
    from licensing.provenance.report import Report

__all__ = ["Found", "Traces", "Withdrawn", "look_into", "traces"]

# A file of 60 MiB takes 200 MiB while it is looked into. Each thread of a web process doing so at once would add up.
_ONE_AT_A_TIME = threading.Lock()
_LONGEST_TEXT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What is left of a work that lost its papers: `trace`, the piece whose mark the picture carries, and `same_words`,
    the text of this house that has the same words, or else `text_mark`, the language model that probably wrote it.
    """

    trace: "Trace | None" = None
    same_words: UUID | None = None
    text_mark: "Marked | None" = None


@dataclass(frozen=True, kw_only=True)
class Found(Traces):
    """`report` as of `verify.check`, with traces where no papers were found; `made_here`: its record is one of ours."""

    report: "Report"
    made_here: bool


class Withdrawn:
    """The ids of pieces whose approval or whose consent was taken back, asked one by one: the list may be long."""

    def __contains__(self, piece_id: object) -> bool:
        try:
            known = UUID(str(piece_id))
        except ValueError:  # a stranger's record may call its piece anything
            return False
        return self._pieces().filter(pk=known).exists()

    def __iter__(self) -> Iterator[str]:
        return (str(piece_id) for piece_id in self._pieces().values_list("pk", flat=True).iterator())

    def __len__(self) -> int:
        return self._pieces().count()

    @staticmethod
    def _pieces() -> QuerySet[Piece]:
        consent = Exists(WithdrawnPiece.objects.filter(piece=OuterRef("pk")))
        approval = Exists(Review.objects.filter(piece=OuterRef("pk"), state=Review.State.WITHDRAWN))
        return Piece.objects.filter(consent | approval)


def look_into(file: IO[bytes], *, name: str, sidecar: bytes | None = None) -> Found:
    """What `file` is, by our root and our log's keys. Raises verify.FileTooLarge."""
    from licensing.provenance import verify  # brings c2pa, of which most web processes have no need

    trust = verify.listed_trust(house.key_list())
    with _ONE_AT_A_TIME:
        data = file.read()
        report = verify.check(data, name=name, trust=trust, withdrawn=Withdrawn(), sidecar=sidecar)
        left = traces(data) if report.overall.value == "none" else Traces()
    return Found(report=report, made_here=_made_here(report.record), **vars(left))


def traces(data: bytes) -> Traces:
    """What this house knows of a file without papers by its picture or its words. Takes bounded time and memory."""
    from licensing.provenance import recovery  # brings cv2

    text = _text(data)
    if text is None:
        return Traces(trace=recovery.find(data))
    words = _same_words(text)
    return Traces(same_words=words, text_mark=None if words else _text_mark(text))


def _text(data: bytes) -> str | None:
    """The words of a text, however its lines end and whatever stands behind them; None for any other file."""
    try:
        text = unicodedata.normalize("NFC", data[:_LONGEST_TEXT].decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None
    lines = [line.rstrip() for line in text.splitlines()]
    words = visible.unlabelled("\n".join(lines).strip("\n"))
    return words if words.strip() and "\0" not in words else None


def _text_mark(text: str) -> "Marked | None":
    """The house's model whose mark shows in the text most clearly, if one's does."""
    from generation.evaluation import text_marks

    writers = Checkpoint.objects.filter(engine="gpt").values_list("slug", "version", "folder")
    folders = {f"{slug} {version}": settings.CHECKPOINT_DIR / folder for slug, version, folder in writers}
    return text_marks.find(text, folders)


def _same_words(words: str) -> UUID | None:
    """The text of this house whose words these are."""
    same = Piece.objects.filter(content_sha256=canonical.sha256_hex(words.encode()), kind="text")
    return same.order_by("finished_at").values_list("pk", flat=True).first()


def _made_here(record: dict[str, Any] | None) -> bool:
    if record is None:
        return False
    sha256 = canonical.sha256_hex(canonical.encode(record))
    return ProvenanceRecord.objects.filter(sha256=sha256).exists()
