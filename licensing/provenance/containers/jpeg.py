"""JPEG: marker segments; the credential is spread over APP11 segments."""

import re
import struct

from licensing.provenance.containers.base import JPEG, MOST_PARTS, Container, ContainerDamaged, picture

__all__ = ["START", "read"]

START = b"\xff\xd8\xff"
# The box instance number under which the C2PA library writes a store into JPEG segments.
_INSTANCE = b"\x02\x11"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_STANDALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read(data: bytes) -> Container:
    """Walk the segments. Raises ContainerDamaged, struct.error, IndexError."""
    at, width, height = 2, 0, 0
    kept = [data[:2]]
    parts: list[bytes] = []
    for _ in range(MOST_PARTS):
        if data[at] != 0xFF:
            raise ContainerDamaged("The JPEG has bytes between its segments.")
        marker = data[at + 1]
        if marker == 0xD9:
            content = b"".join((*kept, data[at : at + 2]))
            sound = all(part[2:4] == _INSTANCE for part in parts)
            rest = len(data) - at - 2
            return picture(JPEG, (width, height), content, _join_jumbf(parts), trailing=rest, sound=sound)
        end = at + 2 if marker in _STANDALONE else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or end == at + 3:
            raise ContainerDamaged("The JPEG is cut off before its end.")
        if marker in _FRAME_HEADERS and not width:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        if marker == 0xEB and data[at + 4 : at + 6] == b"JP":
            parts.append(data[at + 4 : end])
        else:
            kept.append(data[at:end])
        at = end
    raise ContainerDamaged("The JPEG has more segments than any picture.")


def _end_of_scan(data: bytes, at: int) -> int:
    found = _MARKER.search(data, at)
    if found is None:
        raise ContainerDamaged("The JPEG is cut off before its end.")
    return found.start()


def _join_jumbf(parts: list[bytes]) -> list[bytes]:
    """The boxes that APP11 segments carry, by box instance: each further segment repeats the box header.

    Segments out of order are refused: two readers could make two different credentials of them.
    """
    stores: dict[bytes, list[bytes]] = {}
    for part in parts:
        pieces = stores.setdefault(part[2:4], [])
        pieces.append(part[16:] if pieces else part[8:])
        if int.from_bytes(part[4:8], "big") != len(pieces):
            raise ContainerDamaged("The credential in the JPEG is out of order.")
    return [b"".join(pieces) for pieces in stores.values()]
