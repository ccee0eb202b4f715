"""The box structure of a C2PA manifest store, checked to the last byte.

A reader of credentials hashes boxes as it would write them itself, so it does not see changes in lengths, in names
of boxes that hold others, or in the padding beside a signature. Here every byte has to be what its place demands.
"""

import struct
from collections.abc import Iterator
from typing import Any

__all__ = ["is_exact"]

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
# What may stand beside a signature without being signed: its certificates, time-stamps, revocation answers, padding.
_UNSIGNED = frozenset({33, "x5chain", "sigTst", "sigTst2", "rVals", "pad", "pad2"})


def is_exact(store: bytes) -> bool:
    """Whether `store` is one manifest store whose boxes tile it exactly and whose padding is empty. Never raises."""
    try:
        boxes = list(_boxes(store, 0, len(store)))
        return len(boxes) == 1 and boxes[0][0] == b"jumb" and _superbox(store, *boxes[0][1:], depth=0) == _STORE
    except (_Inexact, struct.error, IndexError, ValueError, RecursionError):
        return False


class _Inexact(Exception):
    pass


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at < end:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        start = at + 8
        if length == 1:
            (length,) = struct.unpack(">Q", data[start : start + 8])
            start += 8
        if at + length > end or at + length < start:
            raise _Inexact
        yield kind, start, at + length
        at += length


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
    message, at = _cbor(payload, 0, 0)
    if at != len(payload) or not isinstance(message, list) or len(message) != 4 or not isinstance(message[1], dict):
        raise _Inexact
    unsigned = message[1]
    if not _UNSIGNED.issuperset(unsigned) or any(any(unsigned.get(name, b"")) for name in ("pad", "pad2")):
        raise _Inexact


def _cbor(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """One definite-length CBOR item (RFC 8949) and where the next begins; tags are passed through."""
    if depth > _DEEPEST:
        raise _Inexact
    major, small = data[at] >> 5, data[at] & 31
    count, at = _argument(data, at + 1, small)
    if major in (0, 1):
        return (count if major == 0 else -1 - count), at
    if major in (2, 3):
        if at + count > len(data):
            raise _Inexact
        raw = data[at : at + count]
        return (raw if major == 2 else raw.decode("utf-8", "replace")), at + count
    if major == 6:
        return _cbor(data, at, depth + 1)
    if major == 7:
        return None, at
    items = []
    for _ in range(count * (major - 3)):
        item, at = _cbor(data, at, depth + 1)
        items.append(item)
    return (items if major == 4 else _table(items)), at


def _table(items: list[Any]) -> dict[Any, Any]:
    keys = items[::2]
    if not all(isinstance(key, (int, str)) for key in keys) or len(set(keys)) != len(keys):
        raise _Inexact
    return dict(zip(keys, items[1::2], strict=True))


def _argument(data: bytes, at: int, small: int) -> tuple[int, int]:
    if small < 24:
        return small, at
    if small > 27:
        raise _Inexact
    width = 1 << (small - 24)
    if at + width > len(data):
        raise _Inexact
    return int.from_bytes(data[at : at + width], "big"), at + width
