"""The signed zip in which works travel whose own files can carry no credential: texts and sculptures. Pure.

It holds the work, a credential of its own beside it, and what belongs to it; the archive itself is signed as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from licensing.provenance import archives
from licensing.provenance.archives import ArchiveDamaged

__all__ = ["CREDENTIAL", "MEDIA_TYPE", "NAMES", "Packet", "is_packet", "pack", "sidecar_name", "unpack"]

MEDIA_TYPE = "application/zip"
CREDENTIAL = "META-INF/content_credential.c2pa"
NAMES = {"text/plain": "artwork.txt", "text/markdown": "artwork.md", "model/gltf-binary": "artwork.glb"}
_LARGEST_WORK = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Packet:
    """A work that was found in a packet, and the credential of the archive."""

    media_type: str
    work: bytes
    credential: bytes | None


def pack(*, work: bytes, media_type: str, sidecar: bytes, companions: Mapping[str, bytes]) -> bytes:
    """The archive before it is signed. `companions`: further files by name. Equal parts give equal bytes."""
    name = NAMES[media_type]
    return archives.write({name: work, sidecar_name(name): sidecar, **companions})


def sidecar_name(name: str) -> str:
    """What the credential of a file is called that stands beside it."""
    return f"{name}.c2pa"


def is_packet(data: bytes) -> bool:
    """Whether an archive is one that carries a credential."""
    try:
        return CREDENTIAL in archives.directory(data).namelist()
    except ArchiveDamaged:
        return False


def unpack(data: bytes) -> Packet:
    """The work in a packet. Raises ArchiveDamaged, also where names repeat or there is not exactly one work."""
    archive = archives.directory(data)
    entries = {entry.filename: entry for entry in archive.infolist()}
    works = [(media_type, name) for media_type, name in NAMES.items() if name in entries]
    if len(entries) != len(archive.infolist()) or len(works) != 1:
        raise ArchiveDamaged("The archive does not hold exactly one work.")
    [(media_type, name)] = works
    return Packet(
        media_type=media_type,
        work=archives.read(archive, entries[name], limit=_LARGEST_WORK),
        credential=archives.read(archive, entries[CREDENTIAL], limit=_LARGEST_WORK) if CREDENTIAL in entries else None,
    )
