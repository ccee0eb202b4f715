"""Files as containers: where the credential lies in them, and what they are without it.

Walks chunks, segments and boxes without decoding a pixel. Hostile files are bounded in steps; nothing here judges a
signature. Formats that no engine here writes are only told by their first bytes.
"""

import re
import struct

from licensing.provenance import packets
from licensing.provenance.archives import ArchiveDamaged
from licensing.provenance.containers import jpeg, mp4, png, webp
from licensing.provenance.containers.base import JPEG, MP4, PNG, WEBP, ZIP, Container, ContainerDamaged

__all__ = [
    "JPEG",
    "MP4",
    "PNG",
    "WEBP",
    "ZIP",
    "Container",
    "ContainerDamaged",
    "find_start",
    "read",
    "sniff",
    "trace_of_papers",
]

_STARTS = (
    (png.START, PNG),
    (jpeg.START, JPEG),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"glTF", "model/gltf-binary"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
)
_FORMS = {b"WEBP": WEBP, b"WAVE": "audio/wav"}
_STILL_BRANDS = (b"avif", b"avis")
_SVG = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]{0,200}>\s*)?(<!--[^>]{0,400}-->\s*)?<svg[\s>]")
_SIGNED_ELSEWHERE = frozenset(
    {"image/gif", "image/tiff", "image/avif", "image/svg+xml", "application/pdf", "audio/wav", "audio/mpeg"}
)
# JUMBF content type of a C2PA manifest store: `jumd` and the UUID 63327061-0011-0010-8000-00AA00389B71.
_STORE_MARK = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
_LOOSE_MARKS = (b"c2pa.assertions", b"c2pa.claim", b"c2pa.signature", b"<c2pa:manifest", b"C2PA_GIF")


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes announce, whatever the file is called; None for what is not known."""
    for start, media_type in _STARTS:
        if data.startswith(start):
            return media_type
    if data[:4] == b"RIFF":
        return _FORMS.get(data[8:12])
    if data[4:8] == b"ftyp":
        return "image/avif" if data[8:12] in _STILL_BRANDS else MP4
    return "image/svg+xml" if _SVG.match(data[:1024]) else None


def find_start(data: bytes) -> int | None:
    """Where a picture begins behind foreign bytes, or None. Only asked once a trace of papers was seen."""
    places = [place for place in (data.find(png.START), data.find(jpeg.START)) if place >= 0]
    return min(places, default=None)


def trace_of_papers(data: bytes) -> bool:
    """Whether the bytes hold remains of a credential, however damaged."""
    if _STORE_MARK in data:
        return True
    kind = sniff(data)
    if kind == PNG and png.has_credential(data):
        return True
    return kind not in (None, ZIP) and any(mark in data for mark in _LOOSE_MARKS)


def read(data: bytes) -> Container:
    """Take a file apart. Raises ContainerDamaged for an unknown format, or when it does not reach its own end."""
    media_type = sniff(data) or ""
    if media_type in _SIGNED_ELSEWHERE:
        return Container(media_type=media_type, work_type=media_type, content=None, credential=None, trusted_form=False)
    reader = {PNG: png.read, JPEG: jpeg.read, WEBP: webp.read, MP4: mp4.read, ZIP: _packet}.get(media_type)
    if reader is None:
        raise ContainerDamaged("The file is of no kind that carries a credential.")
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise ContainerDamaged("The file is cut off before its end.") from error


def _packet(data: bytes) -> Container:
    try:
        found = packets.unpack(data)
    except ArchiveDamaged as error:
        raise ContainerDamaged(error.detail) from error
    return Container(
        media_type=ZIP,
        work_type=found.media_type,
        content=found.work,
        credential=found.credential,
        trusted_form=False,
    )
