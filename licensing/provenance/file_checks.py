"""What can be said of one file and the credential in it or beside it. Pure: bytes and certificates in, verdicts out."""

from dataclasses import dataclass
from typing import Any

from licensing.provenance import apart, canonical, containers, credentials, jumbf, labels
from licensing.provenance import record as records
from licensing.provenance.containers import Container, ContainerDamaged
from licensing.provenance.credentials import Credential
from licensing.provenance.report import State, Subject, Verdict

__all__ = ["Examined", "examine", "examine_beside", "read_credential"]

# Codes that say the file around the credential changed, rather than the credential.
_HARD_BINDINGS = ("assertion.dataHash.", "assertion.boxesHash.", "assertion.bmffHash.", "assertion.collectionHash.")


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The verdicts on a file, with what later checks need: its credential and the record in it, once both hold."""

    verdicts: tuple[Verdict, ...]
    media_type: str | None
    content_sha256: str | None = None
    credential: Credential | None = None
    record: records.Record | None = None


def examine(data: bytes, *, anchors: str | None) -> Examined:
    """Check container, credential, signer, inputs and record of `data`, whatever it is. Never raises.

    No pixel is decoded, so that a picture may claim any size.
    """
    media_type = containers.sniff(data)
    try:
        container = containers.read(data)
    except ContainerDamaged:
        return _without_container(data, media_type)
    credential = _readable(read_credential(data, container, anchors=anchors))
    if credential is not None:
        return _with_credential(credential, container)
    if container.credential is not None or containers.trace_of_papers(data):
        return Examined(verdicts=_unreadable("bytes_not_covered", State.NOT_CHECKED), media_type=media_type)
    return Examined(verdicts=_nothing_found(data), media_type=media_type)


def examine_beside(data: bytes, sidecar: bytes, *, anchors: str | None) -> Examined:
    """Check `data` against the credential that stands beside it in a file of its own. Never raises."""
    media_type = containers.sniff(data)
    credential = None
    if jumbf.is_bounded(sidecar):
        read = credentials.read(data=data, media_type=credentials.ANY_FILE, anchors=anchors, sidecar=sidecar)
        credential = _readable(read)
    if credential is None:
        return Examined(verdicts=_unreadable("bytes_not_covered", State.NOT_CHECKED), media_type=media_type)
    container = Container(
        media_type=credentials.ANY_FILE, work_type=credentials.ANY_FILE, content=data, credential=sidecar
    )
    return _with_credential(credential, container)


def read_credential(data: bytes, container: Container, *, anchors: str | None) -> Credential:
    """What the credential inside `data` says, read so that no file can make the C2PA library do harm. Never raises."""
    if not container.trusted_form:
        if container.media_type == containers.ZIP or containers.trace_of_papers(data):
            return apart.read(data=data, media_type=container.media_type, anchors=anchors)
        return Credential(state=credentials.State.NONE)
    if container.credential is None or not jumbf.is_bounded(container.credential):
        return Credential(state=credentials.State.NONE)
    return credentials.read(data=data, media_type=container.media_type, anchors=anchors)


def _readable(credential: Credential) -> Credential | None:
    readable = credential.state is not credentials.State.NONE and credential.failures != ("unreadable",)
    return credential if readable else None


def _without_container(data: bytes, media_type: str | None) -> Examined:
    """Bytes in which nothing could be opened: remains of papers make them broken, not merely unknown."""
    if not containers.trace_of_papers(data):
        return Examined(verdicts=_nothing_found(data), media_type=media_type)
    start = containers.find_start(data)
    if media_type is not None or not start:
        return Examined(verdicts=_unreadable("picture_damaged", State.FAILS), media_type=media_type)
    leading = _verdict(Subject.BYTES, State.FAILS, "leading_bytes", count=start)
    return Examined(verdicts=(leading, *_unreadable("", State.FAILS)[1:]), media_type=media_type)


def _with_credential(credential: Credential, container: Container) -> Examined:
    content = None if container.content is None else canonical.sha256_hex(container.content)
    sealed = _sealed(credential, container)
    holds = all(verdict.state is State.HOLDS for verdict in sealed)
    record, about_record = _record(credential, container, content)
    verdicts = (
        *sealed,
        _signer(credential) if holds else _verdict(Subject.SIGNER, State.NOT_CHECKED, "signer_unread"),
        _ingredients(credential) if holds else _verdict(Subject.INGREDIENTS, State.NOT_CHECKED, "ingredients_unread"),
        about_record,
    )
    stamp = (
        _verdict(Subject.TIME_STAMP, State.HOLDS, "time_stamped", at=credential.signed_at)
        if credential.time_stamped
        else _verdict(Subject.TIME_STAMP, State.ABSENT, "time_stamp_not_given")
    )
    return Examined(
        verdicts=(*verdicts, stamp),
        media_type=container.media_type,
        content_sha256=content or (record.document["piece"]["content_sha256"] if record else None),
        credential=credential,
        record=record,
    )


def _sealed(credential: Credential, container: Container) -> tuple[Verdict, Verdict]:
    """The file against the credential, and the credential against its signature."""
    invalid = credential.state is credentials.State.INVALID
    about_file = [code for code in credential.failures if invalid and code.startswith(_HARD_BINDINGS)]
    about_itself = [code for code in credential.failures if invalid and code not in about_file]
    if not about_file:
        file = _verdict(Subject.BYTES, State.HOLDS, "unchanged")
    elif container.trailing:
        file = _verdict(Subject.BYTES, State.FAILS, "trailing_bytes", count=container.trailing)
    else:
        file = _verdict(Subject.BYTES, State.FAILS, "bytes_altered")
    if about_itself or (invalid and not about_file):
        seal = _verdict(Subject.CREDENTIAL, State.FAILS, "credential_altered", codes=", ".join(about_itself))
    elif credential.papers is not None and not _exact(container):
        seal = _verdict(Subject.CREDENTIAL, State.FAILS, "credential_inexact")
    else:
        seal = _verdict(Subject.CREDENTIAL, State.HOLDS, "credential_sound")
    return file, seal


def _exact(container: Container) -> bool:
    return container.sound and (container.credential is None or jumbf.is_exact(container.credential))


def _signer(credential: Credential) -> Verdict:
    state, code = {
        credentials.State.TRUSTED: (State.HOLDS, "signer_trusted"),
        credentials.State.EXPIRED: (State.NOTE, "signer_expired"),
    }.get(credential.state, (State.NOTE, "signer_unknown"))
    return _verdict(Subject.SIGNER, state, code, signer=credential.signer)


def _ingredients(credential: Credential) -> Verdict:
    if credential.ingredient_failures:
        codes = ", ".join(credential.ingredient_failures)
        return _verdict(Subject.INGREDIENTS, State.FAILS, "ingredients_broken", codes=codes)
    return _verdict(Subject.INGREDIENTS, State.HOLDS, "ingredients_sound")


def _record(credential: Credential, container: Container, content: str | None) -> tuple[records.Record | None, Verdict]:
    papers = credential.papers
    if papers is None:
        return None, _verdict(Subject.RECORD, State.ABSENT, "record_absent")
    body = papers.get("record")
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else b""
    if canonical.sha256_hex(raw) != papers.get("record_sha256"):
        return None, _verdict(Subject.RECORD, State.FAILS, "record_altered")
    try:
        record = records.parse(raw)
    except records.RecordInvalid as error:
        return None, _verdict(Subject.RECORD, State.FAILS, "record_unreadable", reason=error.detail)
    copied = credential.copy is None or credential.copy.get("record_sha256") == record.sha256
    if not copied or not _speaks_of(record.document["piece"], container, content):
        return None, _verdict(Subject.RECORD, State.FAILS, "record_of_another")
    return record, _verdict(Subject.RECORD, State.HOLDS, "record_sealed" if content is None else "record_sound")


def _speaks_of(piece: dict[str, Any], container: Container, content: str | None) -> bool:
    """Whether a record is of this very file. Of a format that is not taken apart, its signed credential says so."""
    if content is None:
        return True
    if container.size is not None and container.size != (piece.get("width"), piece.get("height")):
        return False
    of_this_type = container.work_type in (piece["media_type"], credentials.ANY_FILE)
    return of_this_type and piece["content_sha256"] == content


def _unreadable(code: str, state: State) -> tuple[Verdict, ...]:
    return (
        _verdict(Subject.BYTES, state, code),
        _verdict(Subject.CREDENTIAL, State.FAILS, "credential_unreadable"),
    )


def _nothing_found(data: bytes) -> tuple[Verdict, ...]:
    absent = _verdict(Subject.CREDENTIAL, State.ABSENT, "credential_absent")
    aigc = labels.read_aigc(data)
    if aigc is None:
        return (absent,)
    named = {"producer": aigc["ContentProducer"], "produce_id": aigc["ProduceID"]}
    return absent, _verdict(Subject.LABELS, State.NOTE, "labels_unproven", **named)


def _verdict(subject: Subject, state: State, code: str, **details: Any) -> Verdict:
    return Verdict(subject=subject, state=state, code=code, details=details)
