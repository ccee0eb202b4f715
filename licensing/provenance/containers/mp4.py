"""MP4 (ISO/IEC 14496-12): boxes; the credential is a `uuid` box, and tables of absolute places move with it."""

import struct
from collections.abc import Iterator

from licensing.provenance.containers.base import MOST_PARTS, MP4, Container, ContainerDamaged

__all__ = ["read", "with_xmp"]

_CREDENTIAL = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PURPOSE = bytes(4) + b"manifest\x00" + bytes(8)
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_TABLES = {b"stco": (">u4", 4), b"co64": (">u8", 8)}

Box = tuple[bytes, int, int, int]


def read(data: bytes) -> Container:
    """The film without its credential, and the credential. Raises ContainerDamaged and struct.error."""
    boxes = list(_boxes(data, 0, len(data)))
    found = [box for box in boxes if box[0] == b"uuid" and data[box[2] : box[2] + 16] == _CREDENTIAL]
    if len(found) > 1:
        raise ContainerDamaged("The film carries more than one credential.")
    if not found:
        return Container(media_type=MP4, work_type=MP4, content=data, credential=None, trusted_form=False)
    [(_, start, inside, end)] = found
    return Container(
        media_type=MP4,
        work_type=MP4,
        content=_without(data, start, end),
        credential=_store(data[inside + 16 : end]),
        sound=end - start == int.from_bytes(data[start : start + 4], "big"),
        trusted_form=False,
    )


def _store(box: bytes) -> bytes:
    """What the C2PA box holds: version and flags, its purpose, the place of a Merkle tree, and the store."""
    if not box.startswith(_PURPOSE):
        raise ContainerDamaged("The credential in the film is in no known form.")
    return box[len(_PURPOSE) :]


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """The film with an XMP packet at its end, where it moves nothing."""
    return data + struct.pack(">I4s", 24 + len(xmp), b"uuid") + _XMP + xmp


def _without(data: bytes, start: int, end: int) -> bytes:
    """`data` without the bytes from `start` to `end`, and every place behind them moved to where it now is."""
    import numpy as np  # of all that the verifier reads, only a film needs it

    moved = bytearray(data)
    for name, at, past in _tables(data):
        (count,) = struct.unpack(">I", data[at + 4 : at + 8])
        form, width = _TABLES[name]
        if at + 8 + count * width > past:
            raise ContainerDamaged("The film's table of places is cut off.")
        places = np.frombuffer(moved, np.dtype(form), count, at + 8)
        places[places >= end] -= end - start
    return bytes(moved[:start] + moved[end:])


def _tables(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of every table of places."""
    level = [(0, len(data))]
    for name in _PATH:
        level = [(at, past) for start, end in level for kind, _, at, past in _boxes(data, start, end) if kind == name]
    for start, end in level:
        yield from ((kind, at, past) for kind, _, at, past in _boxes(data, start, end) if kind in _TABLES)


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Name, start, start of the content, and end of each box; they must fill the place exactly."""
    for _ in range(MOST_PARTS):
        if start == end:
            return
        length, name = struct.unpack(">I4s", data[start : start + 8])
        content = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", data[content : content + 8])
            content += 8
        past = end if length == 0 else start + length
        if past > end or past < content:
            raise ContainerDamaged("The film is cut off before its end.")
        yield name, start, content, past
        start = past
    raise ContainerDamaged("The film has more boxes than any.")
