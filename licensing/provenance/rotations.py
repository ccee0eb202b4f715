"""The log's key changes hands: the old key names the new one, and the new one agrees. Pure.

Whoever trusts a key of the log follows the rotations from it, and so needs no new root of trust.
"""

import base64
import binascii
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from licensing.provenance import canonical
from licensing.provenance.statements import ROTATED, Notice
from licensing.provenance.tree_heads import LogKey, NoteInvalid, log_key, parse_log_key

__all__ = ["followed", "rotate"]

_MOST = 1000


def rotate(*, name: str, old: Ed25519PrivateKey, new: Ed25519PrivateKey, at: str) -> Notice:
    """The statement by which `new` takes the place of `old`, signed by both."""
    former, latter = log_key(name=name, key=old).text, log_key(name=name, key=new).text
    body = _signed_part(former, latter, at)
    signatures = {"old_signature": old.sign(body), "new_signature": new.sign(body)}
    details = {"old": former, "new": latter} | {
        each: base64.b64encode(signature).decode() for each, signature in signatures.items()
    }
    return Notice(type=ROTATED, subject=name, details=details, at=at)


def followed(keys: Iterable[LogKey], rotations: Iterable[Notice]) -> tuple[LogKey, ...]:
    """`keys` and every key that a rotation signed by one of them leads to. What does not verify is passed over."""
    trusted = {key.text: key for key in keys}
    for notice in list(rotations)[:_MOST]:
        latter = _agreed(notice) if notice.details.get("old") in trusted else None
        if latter is not None:
            trusted[latter.text] = latter
    return tuple(trusted.values())


def _agreed(notice: Notice) -> LogKey | None:
    """The new key, where both signatures hold and the log keeps its name."""
    details = notice.details
    try:
        former, latter = parse_log_key(details["old"]), parse_log_key(details["new"])
        body = _signed_part(former.text, latter.text, notice.at)
        former.public.verify(base64.b64decode(details["old_signature"], validate=True), body)
        latter.public.verify(base64.b64decode(details["new_signature"], validate=True), body)
    except (NoteInvalid, InvalidSignature, KeyError, binascii.Error, ValueError):
        return None
    return latter if notice.type == ROTATED and former.name == latter.name == notice.subject else None


def _signed_part(former: str, latter: str, at: str) -> bytes:
    return canonical.encode({"type": ROTATED, "old": former, "new": latter, "at": at})
