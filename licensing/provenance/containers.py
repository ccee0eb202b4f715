"""PNG, JPEG and WebP as containers: where the credential lies in the file, and what the file is without it.

Walks chunks and segments without decoding a pixel. Hostile files are bounded in steps; nothing here judges a signature.
"""

import re
import struct
import zlib
from dataclasses import dataclass

from common.errors import Unprocessable

__all__ = ["JPEG", "PNG", "WEBP", "Container", "ContainerDamaged", "find_start", "read", "sniff", "trace_of_papers"]

PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8\xff"
_MOST_PARTS = 100_000
# The box instance number under which the C2PA library writes a store into JPEG segments.
_INSTANCE = b"\x02\x11"
# JUMBF content type of a C2PA manifest store: `jumd` and the UUID 63327061-0011-0010-8000-00AA00389B71.
_STORE_MARK = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
_LOOSE_MARKS = (b"c2pa.assertions", b"c2pa.claim", b"c2pa.signature")
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_STANDALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class ContainerDamaged(Unprocessable):
    code = "picture_damaged"
    title = "The picture file is cut off or damaged."


@dataclass(frozen=True, kw_only=True)
class Container:
    """`content` is the file without its credential and without what follows its end; `trailing` counts the latter.

    `credential` is the C2PA manifest store, or None. `sound` is False when a checksum of the container is wrong, or
    a JPEG keeps the credential under another number than this house's signer gives it.
    """

    media_type: str
    width: int
    height: int
    content: bytes
    credential: bytes | None
    trailing: int
    sound: bool


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes announce, whatever the file is called; None for what is not known."""
    if data.startswith(_PNG_START):
        return PNG
    if data.startswith(_JPEG_START):
        return JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return "application/zip" if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06") else None


def find_start(data: bytes) -> int | None:
    """Where a picture begins behind foreign bytes, or None. Only asked once a trace of papers was seen."""
    places = [place for place in (data.find(_PNG_START), data.find(_JPEG_START)) if place >= 0]
    return min(places, default=None)


def trace_of_papers(data: bytes) -> bool:
    """Whether the bytes hold remains of a credential, however damaged."""
    if _STORE_MARK in data:
        return True
    kind = sniff(data)
    if kind == PNG and _has_credential_chunk(data):
        return True
    return kind is not None and kind != "application/zip" and any(mark in data for mark in _LOOSE_MARKS)


def read(data: bytes) -> Container:
    """Take a picture apart. Raises ContainerDamaged for another format, or when it does not reach its own end."""
    reader = {PNG: _read_png, JPEG: _read_jpeg, WEBP: _read_webp}.get(sniff(data) or "")
    if reader is None:
        raise ContainerDamaged("The file is neither PNG, JPEG nor WebP.")
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise ContainerDamaged("The picture file is cut off before its end.") from error


def _has_credential_chunk(data: bytes) -> bool:
    at = len(_PNG_START)
    for _ in range(_MOST_PARTS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"caBX":
            return len(head) == 8
        at += 12 + int.from_bytes(head[:4], "big")
    return False


def _read_png(data: bytes) -> Container:
    at, sound = len(_PNG_START), True
    kept, credentials = [_PNG_START], []
    width, height = struct.unpack(">II", data[16:24])
    for _ in range(_MOST_PARTS):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            raise ContainerDamaged("The PNG is cut off before its end.")
        (checksum,) = struct.unpack(">I", data[end - 4 : end])
        sound = sound and zlib.crc32(memoryview(data)[at + 4 : end - 4]) == checksum
        if name == b"caBX":
            credentials.append(data[at + 8 : end - 4])
        else:
            kept.append(data[at:end])
        at = end
        if name == b"IEND":
            return _container(PNG, width, height, kept, credentials, len(data) - at, sound)
    raise ContainerDamaged("The PNG has more chunks than any picture.")


def _read_jpeg(data: bytes) -> Container:
    at, width, height = 2, 0, 0
    kept = [data[:2]]
    parts: list[bytes] = []
    for _ in range(_MOST_PARTS):
        if data[at] != 0xFF:
            raise ContainerDamaged("The JPEG has bytes between its segments.")
        marker = data[at + 1]
        if marker == 0xD9:
            kept.append(data[at : at + 2])
            sound = all(part[2:4] == _INSTANCE for part in parts)
            return _container(JPEG, width, height, kept, _join_jumbf(parts), len(data) - at - 2, sound)
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


def _read_webp(data: bytes) -> Container:
    end = 8 + int.from_bytes(data[4:8], "little")
    at, kept = 12, [data[:12]]
    credentials: list[bytes] = []
    for _ in range(_MOST_PARTS):
        if at == end:
            # Its size stands in more than one place; nothing that is signed here is WebP, so it is left unread.
            return _container(WEBP, 1, 1, kept, credentials, len(data) - end, sound=True)
        name, length = struct.unpack("<4sI", data[at : at + 8])
        past = at + 8 + length + length % 2
        if past > min(end, len(data)):
            raise ContainerDamaged("The WebP is cut off before its end.")
        if name == b"C2PA":
            credentials.append(data[at + 8 : at + 8 + length])
        else:
            kept.append(data[at:past])
        at = past
    raise ContainerDamaged("The WebP has more chunks than any picture.")


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


def _container(
    media_type: str, width: int, height: int, kept: list[bytes], credentials: list[bytes], trailing: int, sound: bool
) -> Container:
    if not width or not height:
        raise ContainerDamaged("The picture does not state its size.")
    return Container(
        media_type=media_type,
        width=width,
        height=height,
        content=b"".join(kept),
        credential=b"".join(credentials) if credentials else None,
        trailing=trailing,
        sound=sound and len(credentials) < 2,
    )
