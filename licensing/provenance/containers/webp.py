"""WebP: RIFF chunks; the credential is a `C2PA` chunk, and the extended header announces an XMP packet."""

import struct

from licensing.provenance.containers.base import MOST_PARTS, WEBP, Container, ContainerDamaged, picture

__all__ = ["read", "with_xmp"]

_XMP_FLAG = 0x04


def read(data: bytes) -> Container:
    """Walk the chunks. Raises ContainerDamaged, struct.error, IndexError."""
    end = 8 + int.from_bytes(data[4:8], "little")
    at = 12
    kept: list[bytes] = []
    credentials: list[bytes] = []
    for _ in range(MOST_PARTS):
        if at == end:
            content = _riff(kept)
            return picture(WEBP, _size(content), content, credentials, trailing=len(data) - end, sound=True)
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


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """An extended WebP, such as every animated one is, with an XMP packet. Raises ContainerDamaged on another."""
    content = read(data).content or b""
    if content[12:16] != b"VP8X":
        raise ContainerDamaged("Only an extended WebP can carry labels.")
    chunk = b"XMP " + struct.pack("<I", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    flagged = content[12:20] + bytes([content[20] | _XMP_FLAG]) + content[21:]
    return _riff([flagged, chunk])


def _riff(chunks: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _size(content: bytes) -> tuple[int, int] | None:
    """As an extended header states it; a plain WebP keeps it in the picture data, which is left unread."""
    if content[12:16] != b"VP8X":
        return None
    return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
