"""What a verification found: one verdict for each thing that can hold or fail, never a single word for all of it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from licensing.provenance import wording

__all__ = ["ExitCode", "Overall", "Report", "State", "Subject", "Verdict", "overall_of", "printable"]


class State(StrEnum):
    HOLDS = "holds"
    NOTE = "note"
    FAILS = "fails"
    ABSENT = "absent"
    NOT_CHECKED = "not_checked"


class Subject(StrEnum):
    """In the order in which a person wants to know."""

    BYTES = "bytes"
    CREDENTIAL = "credential"
    SIGNER = "signer"
    INGREDIENTS = "ingredients"
    RECORD = "record"
    BUNDLE = "bundle"
    OPENINGS = "openings"
    CERTIFICATE = "certificate"
    LOG_INCLUSION = "log_inclusion"
    TREE_HEAD = "tree_head"
    TIME_STAMP = "time_stamp"
    KEY = "key"
    WITHDRAWAL = "withdrawal"
    LABELS = "labels"
    MARK = "mark"
    WORDS = "words"


class Overall(StrEnum):
    TRUSTED = "trusted"
    BROKEN = "broken"
    NONE = "none"
    UNKNOWN_SIGNER = "unknown_signer"
    WITHDRAWN = "withdrawn"


class ExitCode(IntEnum):
    """How the command ends; `CANNOT_CHECK` (EX_USAGE) says that no verdict was reached."""

    TRUSTED = 0
    BROKEN = 1
    NONE = 2
    UNKNOWN_SIGNER = 3
    WITHDRAWN = 4
    CANNOT_CHECK = 64


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One finding. `code` is stable; `details` fill its sentence and may hold text from the file: escape it."""

    subject: Subject
    state: State
    code: str
    details: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str = "en") -> str:
        """The finding in plain words, "en" or "zh", with nothing in it that could steer a terminal."""
        shown = {name: printable(value) for name, value in self.details.items()}
        return wording.finding(self.code, language).format(**shown)

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "subject": self.subject.value,
            "state": self.state.value,
            "code": self.code,
            "sentence": self.sentence(language),
            "details": self.details,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """The verdicts on one file. `record` is what the file carries; believe it only when `overall` is TRUSTED."""

    name: str
    sha256: str
    byte_count: int
    media_type: str | None
    overall: Overall
    verdicts: tuple[Verdict, ...]
    signer: str = ""
    record: dict[str, Any] | None = None
    grant_id: str | None = None
    soft_binding: dict[str, str] | None = None

    @property
    def piece_id(self) -> str | None:
        return self.record["piece"]["id"] if self.record else None

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode[self.overall.name]

    def verdict(self, subject: Subject) -> Verdict | None:
        """The verdict on `subject`, where one was reached."""
        return next((verdict for verdict in self.verdicts if verdict.subject is subject), None)

    def headline(self, language: str = "en") -> str:
        """The outcome in one sentence."""
        return wording.headline(self.overall.value, language)

    def as_json(self, language: str = "en") -> dict[str, Any]:
        return {
            "name": self.name,
            "sha256": self.sha256,
            "byte_count": self.byte_count,
            "media_type": self.media_type,
            "overall": self.overall.value,
            "headline": self.headline(language),
            "signer": self.signer,
            "piece_id": self.piece_id,
            "grant_id": self.grant_id,
            "soft_binding": self.soft_binding,
            "verdicts": [verdict.as_json(language) for verdict in self.verdicts],
            "record": self.record,
        }

    def as_text(self, language: str = "en") -> str:
        """The report for a terminal."""
        lines = [f"{printable(self.name)}: {self.headline(language)}"]
        for verdict in self.verdicts:
            state = wording.state(verdict.state.value, language)
            subject = wording.subject(verdict.subject.value, language)
            lines.append(f"  {state} {subject}: {verdict.sentence(language)}")
        return "\n".join(lines) + "\n"


def overall_of(verdicts: tuple[Verdict, ...]) -> Overall:
    """One outcome: what fails outweighs a withdrawal, that outweighs an unknown signer."""
    by_subject = {verdict.subject: verdict for verdict in verdicts}
    if any(verdict.state is State.FAILS for verdict in verdicts if verdict.subject is not Subject.WITHDRAWAL):
        return Overall.BROKEN
    withdrawal, signer = by_subject.get(Subject.WITHDRAWAL), by_subject.get(Subject.SIGNER)
    if by_subject[Subject.CREDENTIAL].state is State.ABSENT:
        return Overall.NONE
    if withdrawal is not None and withdrawal.state is State.FAILS:
        return Overall.WITHDRAWN
    return Overall.TRUSTED if signer is not None and signer.state is State.HOLDS else Overall.UNKNOWN_SIGNER


def printable(value: Any) -> str:
    """Text from a stranger's file without control characters, at most 200 characters long."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value)[:200])
