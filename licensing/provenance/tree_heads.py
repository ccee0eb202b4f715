"""Signed tree heads: the checkpoint and signed-note formats of C2SP (c2sp.org/tlog-checkpoint), with Ed25519.

Pure functions over text and keys; where heads are kept and which leaves stand below them is the log's business.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common.errors import Unprocessable

__all__ = ["LogKey", "NoteInvalid", "TreeHead", "log_key", "parse_log_key", "parse_unverified", "sign", "verify"]

_ED25519 = b"\x01"
_LONGEST_NOTE = 64 * 1024
_MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+]{1,200}\Z")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/=]+)\Z")


class NoteInvalid(Unprocessable):
    code = "tree_head_invalid"
    title = "The tree head is not a note that the log's key signed."


@dataclass(frozen=True, kw_only=True)
class LogKey:
    """The public key of a log under the log's name; `key_id` is the four bytes that tell keys of one name apart."""

    name: str
    public: Ed25519PublicKey

    @property
    def key_id(self) -> bytes:
        body = self.name.encode() + b"\n" + _ED25519 + self.public.public_bytes_raw()
        return hashlib.sha256(body).digest()[:4]

    @property
    def text(self) -> str:
        """The verifier key as one line: `name+hex(key id)+base64(0x01 ‖ key)`."""
        body = base64.b64encode(_ED25519 + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.key_id.hex()}+{body}"


@dataclass(frozen=True, kw_only=True)
class TreeHead:
    """The log called `origin` had `size` leaves under this 32-byte `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def log_key(*, name: str, key: Ed25519PrivateKey) -> LogKey:
    """The public side of `key`. Raises ValueError when `name` holds blanks or a plus sign."""
    if not _NAME.match(name):
        raise ValueError("the name of a log holds no blanks and no plus sign, and at most 200 characters")
    return LogKey(name=name, public=key.public_key())


def parse_log_key(text: str) -> LogKey:
    """Read a verifier key as `LogKey.text` writes it. Raises NoteInvalid."""
    name, _, rest = text.strip().partition("+")
    key_id, _, body = rest.partition("+")
    try:
        raw = base64.b64decode(body, validate=True)
        if not _NAME.match(name) or raw[:1] != _ED25519:
            raise ValueError
        key = LogKey(name=name, public=Ed25519PublicKey.from_public_bytes(raw[1:]))
    except ValueError as error:
        raise NoteInvalid("The log key is not a line of the form name+hash+key.") from error
    if key.key_id.hex() != key_id:
        raise NoteInvalid("The log key does not match its own hash.")
    return key


def sign(*, head: TreeHead, name: str, key: Ed25519PrivateKey) -> str:
    """The note: the head's three lines, a blank line, and one signature line in the name of the log."""
    key_id = log_key(name=name, key=key).key_id
    signature = base64.b64encode(key_id + key.sign(head.body.encode())).decode()
    return f"{head.body}\n— {name} {signature}\n"


def parse_unverified(note: str) -> TreeHead:
    """The head that `note` states, whoever signed it. Raises NoteInvalid."""
    return _parse(note)[0]


def verify(*, note: str, keys: Iterable[LogKey]) -> TreeHead:
    """The head that `note` states, signed by one of `keys` in the name of its own origin.

    Lines of unknown signers are passed over, so that witnesses may add theirs; a line in the name of a known key
    that does not verify condemns the note. Raises NoteInvalid.
    """
    head, signatures = _parse(note)
    known = {(key.name, key.key_id): key for key in keys if key.name == head.origin}
    signed = False
    for name, blob in signatures:
        key = known.get((name, blob[:4]))
        if key is None:
            continue
        try:
            key.public.verify(blob[4:], head.body.encode())
        except InvalidSignature as error:
            raise NoteInvalid("The signature under the tree head does not belong to it.") from error
        signed = True
    if not signed:
        raise NoteInvalid("No known log key signed this tree head.")
    return head


def _parse(note: str) -> tuple[TreeHead, list[tuple[str, bytes]]]:
    if len(note) > _LONGEST_NOTE:
        raise NoteInvalid("The tree head is longer than any note.")
    body, gap, tail = note.partition("\n\n")
    lines = body.split("\n")
    if not gap or len(lines) != 3 or not _NAME.match(lines[0]) or not _SIZE.match(lines[1]):
        raise NoteInvalid("The tree head does not have the three lines origin, size and root.")
    root = _decode(lines[2])
    signatures = tail.removesuffix("\n").split("\n")
    if len(root) != 32 or len(signatures) > _MOST_SIGNATURES or not tail.endswith("\n"):
        raise NoteInvalid("The tree head has no root of 32 bytes, or no signature lines.")
    return TreeHead(origin=lines[0], size=int(lines[1]), root=root), [_signature(line) for line in signatures]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE.match(line)
    if match is None:
        raise NoteInvalid("A signature line under the tree head cannot be read.")
    return match[1], _decode(match[2])


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("The tree head holds text that is not base64.") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteInvalid("The tree head holds base64 that is not in its one canonical form.")
    return raw
