"""What this house says of a file that somebody brings: the verifier with our own keys, and what our rows know of it."""

import json
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from generation.models import Piece
from licensing.models import ProvenanceRecord, Review, WithdrawnPiece
from licensing.provenance import canonical, house, visible
from licensing.provenance.report import Overall, Report, State, Subject, Verdict

if TYPE_CHECKING:
    from generation.marked_texts import TextMark
    from licensing.provenance.recovery import Trace

__all__ = ["Found", "Withdrawn", "further", "look_into"]

# A file of 60 MiB takes 200 MiB while it is looked into. Each thread of a web process doing so at once would add up.
_ONE_AT_A_TIME = threading.Lock()
_LONGEST_TEXT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Found:
    """`report` as of `verify.check`; `made_here` tells whether the record it carries is one of ours, `corrected_by`
    the digest of the newest record of the piece, where that is a later one.

    Looked for where no papers were found: `trace`, the piece whose mark the picture carries, and `same_words`, the
    text of this house that has the same words, `text_mark`, the watermark in the words. `report` has a verdict on each.
    """

    report: Report
    made_here: bool
    corrected_by: str | None = None
    trace: "Trace | None" = None
    same_words: UUID | None = None
    text_mark: "TextMark | None" = None


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
        return _found(data, report)


def further(data: bytes, report: Report) -> Report:
    """`report` on `data` with what this house knows of a file that has no papers: mark, words, watermark of texts."""
    return _found(data, report).report


def _found(data: bytes, report: Report) -> Found:
    if report.overall is not Overall.NONE:
        ours = _ours(report.record)
        later = _later(ours)
        return Found(
            report=replace(report, verdicts=(*report.verdicts, *_of_correction(later))),
            made_here=ours is not None,
            corrected_by=later.sha256 if later else None,
        )
    from generation import marked_texts
    from licensing.provenance import recovery  # brings cv2

    trace, words = recovery.find(data), _words(data)
    same, mark = (_same_words(words), marked_texts.find(words)) if words else (None, None)
    told = (*_of_mark(trace), *_of_words(same), *_of_text_mark(mark))
    return Found(
        report=replace(report, verdicts=(*report.verdicts, *told)),
        made_here=False,
        trace=trace,
        same_words=same,
        text_mark=mark,
    )


def _of_mark(trace: "Trace | None") -> Iterator[Verdict]:
    if trace is not None:
        details = {"bits": trace.bits, "piece": str(trace.piece_id), "distance": trace.distance}
        yield Verdict(subject=Subject.MARK, state=State.NOTE, code="mark_found", details=details)


def _of_words(piece_id: UUID | None) -> Iterator[Verdict]:
    if piece_id is not None:
        details = {"piece": str(piece_id)}
        yield Verdict(subject=Subject.WORDS, state=State.NOTE, code="words_known", details=details)


def _of_text_mark(mark: "TextMark | None") -> Iterator[Verdict]:
    if mark is not None:
        counts = {"scored": mark.scored, "favoured": mark.favoured, "expected": round(mark.scored / 4)}
        # Far beyond anything that was ever measured the figure would only look exact.
        odds = f"{min(1 / mark.chance, 1e9):.0f}" if mark.chance else "1000000000"
        details = {**counts, "checkpoint": mark.checkpoint, "odds": odds}
        yield Verdict(subject=Subject.MARK, state=State.NOTE, code="text_mark_found", details=details)


def _words(data: bytes) -> str | None:
    """The words of a text file, however its lines end and whatever stands behind them; None of any other file."""
    try:
        text = unicodedata.normalize("NFC", data[:_LONGEST_TEXT].decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None
    lines = [line.rstrip() for line in text.splitlines()]
    words = visible.unlabelled("\n".join(lines).strip("\n"))
    return words if words.strip() else None


def _same_words(words: str) -> UUID | None:
    same = Piece.objects.filter(content_sha256=canonical.sha256_hex(words.encode()), kind="text")
    return same.order_by("finished_at").values_list("pk", flat=True).first()


def _ours(record: dict[str, Any] | None) -> ProvenanceRecord | None:
    if record is None:
        return None
    sha256 = canonical.sha256_hex(canonical.encode(record))
    return ProvenanceRecord.objects.filter(sha256=sha256).first()


def _later(ours: ProvenanceRecord | None) -> ProvenanceRecord | None:
    """The newest record of the piece, where that is another: the signed file keeps the one it was signed with."""
    if ours is None:
        return None
    newest = ProvenanceRecord.objects.filter(piece_id=ours.piece_id, correction__isnull=True)
    return newest.exclude(pk=ours.pk).first()


def _of_correction(later: ProvenanceRecord | None) -> Iterator[Verdict]:
    if later is not None:
        details = {"record": later.sha256, "at": json.loads(later.body)["recorded_at"]}
        yield Verdict(subject=Subject.RECORD, state=State.NOTE, code="record_corrected", details=details)
