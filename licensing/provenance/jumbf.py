"""The box structure of a C2PA manifest store: safe to hand to a reader, and exact to the last byte.

The C2PA library reserves as much memory as a number in a file tells it to: gigabytes, for one changed bit. So a store
is walked here before the library sees it. And it hashes boxes as it would write them itself, so it does not see
changes in lengths, in names of boxes that hold others, or in the padding beside a signature.
"""

import struct
from collections.abc import Iterator
from typing import Any

from licensing.provenance.cbor import Cbor, CborInvalid

__all__ = ["is_bounded", "is_exact"]

_UUID_TAIL = b"\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
_STORE, _ASSERTIONS, _CLAIM, _SIGNATURE = b"c2pa", b"c2as", b"c2cl", b"c2cs"
_LABELS = {
    _STORE: (b"c2pa",),
    _ASSERTIONS: (b"c2pa.assertions",),
    _CLAIM: (b"c2pa.claim", b"c2pa.claim.v2"),
    _SIGNATURE: (b"c2pa.signature",),
}
_NAMED, _NAMED_AND_SALTED = 0x03, 0x13
_DEEPEST = 12
_MOST_BOXES = 10_000
# What may stand beside a signature without being signed: its certificates, time-stamps, revocation answers, padding.
_UNSIGNED = frozenset({33, "x5chain", "sigTst", "sigTst2", "rVals", "pad", "pad2"})
_UNREADABLE = (CborInvalid, struct.error, IndexError, ValueError, RecursionError)


class _Inexact(ValueError):
    pass


def is_bounded(store: bytes) -> bool:
    """Whether the boxes of `store` tile it and no number in them promises more than is there. Never raises."""
    try:
        _walk(store, 0, len(store), depth=0)
    except _UNREADABLE:
        return False
    return True


def is_exact(store: bytes) -> bool:
    """Whether every byte of `store` is what its place demands and its padding is empty. Never raises.

    Stricter than the standard: it is asked of credentials that this house's signer wrote.
    """
    try:
        boxes = list(_boxes(store, 0, len(store)))
        return len(boxes) == 1 and boxes[0][0] == b"jumb" and _superbox(store, *boxes[0][1:], depth=0) == _STORE
    except _UNREADABLE:
        return False


def _walk(data: bytes, start: int, end: int, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise _Inexact
    for kind, from_, to in _boxes(data, start, end):
        if kind == b"jumb":
            _walk(data, from_, to, depth=depth + 1)
        elif kind == b"cbor":
            Cbor(data[from_:to]).item()


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each box; they must fill the place exactly, and be no more than any store has."""
    for _ in range(_MOST_BOXES):
        if at == end:
            return
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        start = at + 8
        if length == 1:
            (length,) = struct.unpack(">Q", data[start : start + 8])
            start += 8
        if at + length > end or at + length < start:
            raise _Inexact
        yield kind, start, at + length
        at += length
    raise _Inexact


def _superbox(data: bytes, start: int, end: int, *, depth: int) -> bytes:
    """Check one `jumb` box and everything below it; returns the first four bytes of its content type."""
    if depth > _DEEPEST:
        raise _Inexact
    (kind, from_, to), *content = _boxes(data, start, end)
    if kind != b"jumd":
        raise _Inexact
    content_type, label = _description(data, from_, to)
    if content_type in _LABELS and (label not in _LABELS[content_type] or data[from_ + 4 : from_ + 16] != _UUID_TAIL):
        raise _Inexact
    for kind, from_, to in content:
        if kind == b"jumb":
            _superbox(data, from_, to, depth=depth + 1)
        elif kind == b"bfdb":
            _file_description(data[from_:to])
        elif kind == b"cbor" and content_type == _SIGNATURE:
            _signature(data[from_:to])
    return content_type


def _description(data: bytes, start: int, end: int) -> tuple[bytes, bytes]:
    """Content type and label of a box; beside them only a salt may stand, and only where the flags announce it."""
    flags, (label, rest) = data[start + 16], data[start + 17 : end].split(b"\x00", 1)
    salts = [kind for kind, _, _ in _boxes(rest, 0, len(rest))]
    if flags not in (_NAMED, _NAMED_AND_SALTED) or salts != ([b"c2sh"] if flags == _NAMED_AND_SALTED else []):
        raise _Inexact
    return data[start : start + 4], label


def _file_description(payload: bytes) -> None:
    """Flags, a media type, and a file name only where the flags announce one."""
    flags, texts = payload[0], payload[1:]
    if flags not in (0, 1) or not texts.endswith(b"\x00") or texts.count(b"\x00") != 1 + flags:
        raise _Inexact


def _signature(payload: bytes) -> None:
    """A COSE_Sign1 message: nothing follows it, and its unsigned header holds nothing unknown."""
    reader = Cbor(payload)
    message: Any = reader.item()
    if reader.at != len(payload) or not isinstance(message, list) or len(message) != 4:
        raise _Inexact
    unsigned = message[1]
    if not isinstance(unsigned, dict) or not _UNSIGNED.issuperset(unsigned):
        raise _Inexact
    if any(any(unsigned.get(name, b"")) for name in ("pad", "pad2")):
        raise _Inexact
