"""Whether the parts of a bundle belong together, and whether the log vouches for them. Pure."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from common import merkle
from licensing.provenance import canonical, certificate_checks, containers, credentials, tree_heads
from licensing.provenance.bundle import Bundle
from licensing.provenance.commitments import OpeningsInvalid, check_openings
from licensing.provenance.file_checks import Examined, read_credential
from licensing.provenance.report import State, Subject, Verdict
from licensing.provenance.rotations import followed
from licensing.provenance.statements import PAPERED, Statement, StatementInvalid
from licensing.provenance.tree_heads import LogKey, NoteInvalid, TreeHead

__all__ = ["check"]


def check(
    bundle: Bundle, *, examined: Examined, log_keys: tuple[LogKey, ...], anchors: str | None
) -> tuple[Verdict, ...]:
    """The verdicts on everything in `bundle` but its file, which was `examined` before by the same `anchors`."""
    return (
        _belonging(bundle, examined),
        _openings(bundle, examined),
        *_log(bundle, examined, log_keys, anchors),
        *_certificate(bundle, examined, log_keys),
    )


def _belonging(bundle: Bundle, examined: Examined) -> Verdict:
    strangers = ", ".join(_strangers(bundle, examined))
    if strangers:
        return Verdict(subject=Subject.BUNDLE, state=State.FAILS, code="bundle_mixed", details={"part": strangers})
    if not bundle.exact:
        return Verdict(subject=Subject.BUNDLE, state=State.NOTE, code="bundle_repacked")
    return Verdict(subject=Subject.BUNDLE, state=State.HOLDS, code="bundle_sound")


def _strangers(bundle: Bundle, examined: Examined) -> Iterator[str]:
    """The names of parts that speak of another piece than the file, or of no piece that can be told."""
    if examined.media_type != bundle.media_type or examined.record is None:
        yield "work"
    elif bundle.record != examined.record.body:
        yield "record"
    elif not _leaf_fits(bundle, examined):
        yield "log entry"
    if not _signed_under(bundle, examined):
        yield "certificates"


def _leaf_fits(bundle: Bundle, examined: Examined) -> bool:
    """The entry names this record and content, and this very file or the original of which it is a signed copy."""
    record, credential = examined.record, examined.credential
    try:
        leaf = Statement.parse(bundle.leaf)
    except StatementInvalid:
        return False
    if record is None or credential is None:
        return False
    copy = credential.copy
    file_sha256 = copy.get("original_sha256") if copy else canonical.sha256_hex(bundle.file)
    return (leaf.type, leaf.subject, leaf.record_sha256, leaf.content_sha256, leaf.file_sha256) == (
        PAPERED,
        record.document["piece"]["id"],
        record.sha256,
        examined.content_sha256,
        file_sha256,
    )


def _signed_under(bundle: Bundle, examined: Examined) -> bool:
    """The chain in the bundle leads to its root, and that root vouches for the file.

    The signer may have been renewed between file and bundle, so that only the root has to be the same.
    """
    if examined.credential is None or examined.media_type is None:
        return False
    try:
        chain = x509.load_pem_x509_certificates(bundle.chain_pem.encode())
        path = [*chain, x509.load_pem_x509_certificate(bundle.root_pem.encode())]
        for issued, issuer in pairwise(path):
            issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    read = read_credential(bundle.file, containers.read(bundle.file), anchors=bundle.root_pem)
    return read.state in (credentials.State.TRUSTED, credentials.State.EXPIRED)


def _openings(bundle: Bundle, examined: Examined) -> Verdict:
    if bundle.openings is None:
        return Verdict(subject=Subject.OPENINGS, state=State.ABSENT, code="openings_absent")
    try:
        document = json.loads(bundle.openings)
        if not isinstance(document, dict) or examined.record is None:
            raise OpeningsInvalid("There is no record that they could open.")
        opened = check_openings(record=examined.record.document, openings=document)
    except (ValueError, RecursionError, canonical.NotCanonical, OpeningsInvalid) as error:
        reason = error.detail if isinstance(error, OpeningsInvalid) else "they are not JSON"
        details = {"reason": reason}
        return Verdict(subject=Subject.OPENINGS, state=State.FAILS, code="openings_wrong", details=details)
    count = {"count": len(opened)}
    return Verdict(subject=Subject.OPENINGS, state=State.HOLDS, code="openings_sound", details=count)


def _log(bundle: Bundle, examined: Examined, log_keys: tuple[LogKey, ...], anchors: str | None) -> Iterator[Verdict]:
    try:
        head = tree_heads.parse_unverified(bundle.tree_head)
    except NoteInvalid:
        head = None
    yield _inclusion(bundle, examined, head)
    yield _tree_head(bundle, examined, log_keys, anchors)


def _inclusion(bundle: Bundle, examined: Examined, head: TreeHead | None) -> Verdict:
    index, proof = bundle.inclusion.index, bundle.inclusion.proof
    leaf = merkle.leaf_hash(bundle.leaf)
    if head is None or not merkle.verify_inclusion(leaf=leaf, index=index, size=head.size, proof=proof, root=head.root):
        return Verdict(subject=Subject.LOG_INCLUSION, state=State.FAILS, code="log_not_included")
    copied = examined.credential is not None and examined.credential.copy is not None
    code = "log_included_copy" if copied else "log_included"
    return Verdict(subject=Subject.LOG_INCLUSION, state=State.HOLDS, code=code, details={"index": index})


def _tree_head(bundle: Bundle, examined: Examined, log_keys: tuple[LogKey, ...], anchors: str | None) -> Verdict:
    """Signed by a key that was given, or by the one that a trusted credential names; else only by the bundle's own."""
    own: Any = None
    try:
        own = tree_heads.parse_log_key(bundle.log_key)
        vouched = followed(log_keys or _named_by_credential(examined), bundle.rotations)
        head = tree_heads.verify(note=bundle.tree_head, keys=vouched or (own,))
        tree_heads.verify(note=bundle.tree_head, keys=(own,))
    except NoteInvalid as error:
        details: dict[str, Any] = {"reason": error.detail}
        return Verdict(subject=Subject.TREE_HEAD, state=State.FAILS, code="tree_head_wrong", details=details)
    details = {"origin": head.origin, "size": head.size}
    try:
        at = _stamped_at(bundle, anchors) if vouched else None
    except ValueError as error:
        details = {"reason": str(error)}
        return Verdict(subject=Subject.TREE_HEAD, state=State.FAILS, code="tree_head_wrong", details=details)
    if at is not None:
        details |= {"at": canonical.instant(at)}
        return Verdict(subject=Subject.TREE_HEAD, state=State.HOLDS, code="tree_head_stamped", details=details)
    state, code = (State.HOLDS, "tree_head_signed") if vouched else (State.NOTE, "tree_head_unvouched")
    return Verdict(subject=Subject.TREE_HEAD, state=state, code=code, details=details)


def _stamped_at(bundle: Bundle, anchors: str | None) -> datetime | None:
    """When an independent authority saw the tree head. Raises StampOfAnother."""
    if bundle.stamp is None:
        return None
    from licensing.provenance import stamps  # of all bundles, only one with a time-stamp needs its library

    return stamps.stamped_at(bundle.stamp, bundle.tree_head.encode(), anchors=anchors)


def _named_by_credential(examined: Examined) -> tuple[LogKey, ...]:
    credential = examined.credential
    if credential is None or credential.state is not credentials.State.TRUSTED or credential.papers is None:
        return ()
    return (tree_heads.parse_log_key(str(credential.papers.get("log_key"))),)


def _certificate(bundle: Bundle, examined: Examined, log_keys: tuple[LogKey, ...]) -> Iterator[Verdict]:
    """Judged by the keys that were given, by the one that a trusted credential names, and by those that follow them."""
    if bundle.certificate is None:
        return
    try:
        vouched = followed(log_keys or _named_by_credential(examined), bundle.rotations)
    except NoteInvalid:  # the verdict on the tree head says so
        vouched = ()
    copied = examined.credential.copy if examined.credential is not None else None
    yield certificate_checks.check(
        bundle.certificate,
        keys=tuple(key.public for key in vouched),
        piece_id=examined.record.document["piece"]["id"] if examined.record is not None else None,
        grant_id=str(copied["grant"]) if copied else None,
        file_sha256=canonical.sha256_hex(bundle.file),
    )
