"""Says what a file or a bundle is: `python -m licensing.provenance.verify FILE…`.

Needs the file and the keys that one trusts; no database, no settings, no network.
"""

import argparse
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cryptography import x509

from common.errors import DomainError, PayloadTooLarge
from licensing.provenance import bundle as bundles
from licensing.provenance import bundle_checks, canonical, containers, file_checks, packets, tree_heads
from licensing.provenance.file_checks import Examined
from licensing.provenance.key_list import KeyList, TrustUnreadable
from licensing.provenance.report import ExitCode, Report, State, Subject, Verdict, overall_of, printable

__all__ = ["LARGEST_FILE", "FileTooLarge", "Trust", "TrustUnreadable", "check", "main", "read_file", "run"]

LARGEST_FILE = 64 * 1024 * 1024
# The worst outcome of several files decides how the command ends.
_BY_WEIGHT = (
    ExitCode.CANNOT_CHECK,
    ExitCode.BROKEN,
    ExitCode.WITHDRAWN,
    ExitCode.UNKNOWN_SIGNER,
    ExitCode.NONE,
    ExitCode.TRUSTED,
)


class FileTooLarge(PayloadTooLarge):
    code = "file_too_large"
    title = "The file is larger than 64 MiB: check a smaller one."


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whom the caller believes: root certificates (PEM, any number in one text) and public keys of logs.

    `compromised`: serial numbers of signers whose key fell into other hands, and since when (RFC 3339).
    """

    anchors: str | None = None
    log_keys: tuple[tree_heads.LogKey, ...] = ()
    compromised: Mapping[str, str] = field(default_factory=dict)


def check(
    data: bytes,
    *,
    name: str,
    trust: Trust,
    withdrawn: Collection[str] | None = None,
    sidecar: bytes | None = None,
) -> Report:
    """What `data` is. `withdrawn` holds the ids of withdrawn pieces, where the caller has such a list.

    `sidecar` is a credential that stands beside it in a file of its own.

    Takes bounded time and memory on anything. Raises FileTooLarge, and nothing else.
    """
    if len(data) > LARGEST_FILE:
        raise FileTooLarge
    if containers.sniff(data) == containers.ZIP and sidecar is None and not packets.is_packet(data):
        examined, verdicts = _archive(data, trust)
    else:
        examined = _file(data, sidecar, trust)
        verdicts = (*examined.verdicts, *_no_log(examined))
    verdicts = _in_order((*verdicts, *_compromise(examined, trust), *_withdrawal(examined, withdrawn)))
    credential, record = examined.credential, examined.record
    return Report(
        name=name,
        sha256=canonical.sha256_hex(data),
        byte_count=len(data),
        media_type=containers.sniff(data),
        overall=overall_of(verdicts),
        verdicts=verdicts,
        signer=credential.signer if credential else "",
        record=record.document if record else None,
        grant_id=str(credential.copy["grant"]) if credential and credential.copy else None,
        soft_binding=credential.soft_binding if credential else None,
    )


def _file(data: bytes, sidecar: bytes | None, trust: Trust) -> Examined:
    if sidecar is None:
        return file_checks.examine(data, anchors=trust.anchors)
    return file_checks.examine_beside(data, sidecar, anchors=trust.anchors)


def _archive(data: bytes, trust: Trust) -> tuple[Examined, tuple[Verdict, ...]]:
    if not bundles.is_bundle(data):
        absent = Verdict(subject=Subject.CREDENTIAL, state=State.ABSENT, code="archive_not_a_bundle")
        return Examined(verdicts=(absent,), media_type=None), (absent,)
    try:
        bundle = bundles.unpack(data)
    except bundles.BundleDamaged as error:
        damaged = Verdict(
            subject=Subject.BUNDLE, state=State.FAILS, code="bundle_damaged", details={"reason": error.detail}
        )
        unread = Verdict(subject=Subject.CREDENTIAL, state=State.NOT_CHECKED, code="bytes_not_covered")
        return Examined(verdicts=(unread,), media_type=None), (unread, damaged)
    examined = file_checks.examine(bundle.file, anchors=trust.anchors)
    parts = bundle_checks.check(bundle, examined=examined, log_keys=trust.log_keys, anchors=trust.anchors)
    return examined, (*examined.verdicts, *parts)


def _no_log(examined: Examined) -> tuple[Verdict, ...]:
    if examined.credential is None:
        return ()
    return (
        Verdict(subject=Subject.LOG_INCLUSION, state=State.ABSENT, code="log_not_given"),
        Verdict(subject=Subject.TREE_HEAD, state=State.ABSENT, code="tree_head_not_given"),
    )


def _compromise(examined: Examined, trust: Trust) -> tuple[Verdict, ...]:
    """A signer whose key others have is believed only for what a time-stamp proves to be older."""
    credential = examined.credential
    since = trust.compromised.get(credential.serial) if credential is not None else None
    if credential is None or since is None:
        return ()
    if credential.time_stamped and credential.signed_at and credential.signed_at < since:
        return (Verdict(subject=Subject.KEY, state=State.NOTE, code="key_compromised_later", details={"since": since}),)
    return (Verdict(subject=Subject.KEY, state=State.FAILS, code="key_compromised", details={"since": since}),)


def _withdrawal(examined: Examined, withdrawn: Collection[str] | None) -> tuple[Verdict, ...]:
    if examined.credential is None:
        return ()
    if withdrawn is None or examined.record is None:
        return (Verdict(subject=Subject.WITHDRAWAL, state=State.NOT_CHECKED, code="withdrawal_not_checked"),)
    gone = examined.record.document["piece"]["id"] in withdrawn
    state, code = (State.FAILS, "withdrawn") if gone else (State.HOLDS, "not_withdrawn")
    return (Verdict(subject=Subject.WITHDRAWAL, state=state, code=code),)


def _in_order(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    order = list(Subject)
    return tuple(sorted(verdicts, key=lambda verdict: order.index(verdict.subject)))


def read_trust(*, anchors: str | None, log_keys: Sequence[str]) -> Trust:
    """Check certificates (PEM) and log keys (one line each) before they are believed. Raises TrustUnreadable."""
    try:
        if anchors is not None:
            x509.load_pem_x509_certificates(anchors.encode())
        return Trust(anchors=anchors, log_keys=tuple(tree_heads.parse_log_key(key) for key in log_keys))
    except (ValueError, tree_heads.NoteInvalid) as error:
        raise TrustUnreadable(f"The given certificates or log key cannot be read: {error}.") from error


def listed_trust(listed: KeyList) -> Trust:
    """The trust that a house's own list of keys asks for."""
    return Trust(anchors=listed.root_pem, log_keys=listed.all_log_keys, compromised=listed.compromised)


def read_file(path: Path) -> bytes:
    """The bytes of `path`, never more than the limit. Raises FileTooLarge and OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FileTooLarge
    return data


def run(
    paths: Sequence[Path],
    *,
    trust: Trust,
    language: str,
    as_json: bool,
    withdrawn: Collection[str] | None = None,
    further: Callable[[bytes, Report], Report] = lambda _, report: report,
) -> ExitCode:
    """Check each file, write what was found to standard output, and say how the command should end.

    `further` may add to a report what only a house can know of the file.
    """
    codes = []
    for path in paths:
        try:
            beside = path.with_name(packets.sidecar_name(path.name))
            data = read_file(path)
            report = check(
                data,
                name=str(path),
                trust=trust,
                withdrawn=withdrawn,
                sidecar=read_file(beside) if beside.is_file() else None,
            )
            report = further(data, report)
        except (OSError, DomainError) as error:
            reason = error.detail if isinstance(error, DomainError) else str(error)
            sys.stderr.write(f"{printable(path)}: {printable(reason)}\n")
            codes.append(ExitCode.CANNOT_CHECK)
            continue
        text = json.dumps(report.as_json(language), ensure_ascii=False) + "\n" if as_json else report.as_text(language)
        sys.stdout.write(text)
        codes.append(report.exit_code)
    return min(codes, key=_BY_WEIGHT.index)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that this module and the site's command share."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a work or a bundle; its credential may stand beside it as FILE.c2pa",
    )
    parser.add_argument("--anchors", type=Path, metavar="PEM", help="root certificates that you trust")
    parser.add_argument("--log-key", metavar="KEY", action="append", default=[], help="a log's key, or its file")
    parser.add_argument("--keys", type=Path, metavar="LIST", help="a house's key list, in place of the two above")
    parser.add_argument("--json", action="store_true", help="one JSON object per file and line")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")


def given_trust(*, anchors: Path | None, log_keys: Sequence[str], keys: Path | None = None) -> Trust:
    """The trust that the arguments name. Raises TrustUnreadable."""
    try:
        if keys is not None:
            return listed_trust(KeyList.parse(keys.read_bytes()))
        pem = anchors.read_text("utf-8") if anchors else None
        texts = [Path(key).read_text("utf-8") if Path(key).is_file() else key for key in log_keys]
        lines = [line for text in texts for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise TrustUnreadable(f"The given certificates or log key cannot be read: {error}.") from error
    return read_trust(anchors=pem, log_keys=lines)


class _Parser(argparse.ArgumentParser):
    """Ends with its own code on wrong usage: argparse's 2 would say that no papers were found."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.CANNOT_CHECK, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 trusted, 1 broken, 2 nothing found, 3 unknown signer, 4 withdrawn, 64 could not be checked."""
    parser = _Parser(prog="python -m licensing.provenance.verify", description=__doc__)
    add_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        trust = given_trust(anchors=given.anchors, log_keys=given.log_key, keys=given.keys)
    except TrustUnreadable as error:
        sys.stderr.write(f"{error.detail}\n")
        return ExitCode.CANNOT_CHECK
    return run(given.files, trust=trust, language=given.lang, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
