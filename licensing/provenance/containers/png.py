"""PNG: chunks with checksums; the credential is a `caBX` chunk."""

import struct
import zlib

from licensing.provenance.containers.base import MOST_PARTS, PNG, Container, ContainerDamaged, picture

__all__ = ["START", "has_credential", "read"]

START = b"\x89PNG\r\n\x1a\n"


def has_credential(data: bytes) -> bool:
    """Whether one of its chunks is a credential, however damaged what follows is."""
    at = len(START)
    for _ in range(MOST_PARTS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"caBX":
            return len(head) == 8
        at += 12 + int.from_bytes(head[:4], "big")
    return False


def read(data: bytes) -> Container:
    """Walk the chunks, whose checksums make it sound or not. Raises ContainerDamaged, struct.error, IndexError."""
    at, sound = len(START), True
    kept, credentials = [START], []
    width, height = struct.unpack(">II", data[16:24])
    for _ in range(MOST_PARTS):
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
            content = b"".join(kept)
            return picture(PNG, (width, height), content, credentials, trailing=len(data) - at, sound=sound)
    raise ContainerDamaged("The PNG has more chunks than any picture.")
