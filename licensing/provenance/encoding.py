"""Writes works with their labels, before any credential, so that the credential covers them.

Each kind of file carries what it has a place for; a plain text has none, and its labels stand in its credential.
"""

import io
import json
import struct
from collections.abc import Callable
from typing import Any

from PIL import Image, PngImagePlugin

from common.errors import Unprocessable
from licensing.provenance import labels as labelling
from licensing.provenance import packets
from licensing.provenance.containers import JPEG, MP4, PNG, WEBP, mp4, webp

__all__ = ["EXTENSIONS", "MARKDOWN", "SIGNED_AS", "TEXT", "CannotEncode", "encode", "labelled"]

GLB, TEXT, MARKDOWN = "model/gltf-binary", "text/plain", "text/markdown"
EXTENSIONS = {PNG: "png", JPEG: "jpg", WEBP: "webp", MP4: "mp4", GLB: "glb", TEXT: "txt", MARKDOWN: "md"}
# What a work's signed file is: the work itself or, where it can carry no credential, the packet around it.
SIGNED_AS = {kind: packets.MEDIA_TYPE if kind in packets.NAMES else kind for kind in EXTENSIONS}
_JPEG_QUALITY = 92
_GLTF_JSON = 0x4E4F534A


class CannotEncode(Unprocessable):
    code = "cannot_carry_papers"
    title = "No papers can be given to a file of this kind."


def encode(*, picture: Image.Image, media_type: str, labels: labelling.Labels) -> bytes:
    """`picture` as lossless RGB PNG, or as JPEG, carrying `labels`. Equal input gives equal bytes.

    Level 1 compresses a PNG of a megapixel in a tenth of a second; higher levels gain little on pictures. Raises
    CannotEncode on another media type.
    """
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    out = io.BytesIO()
    if media_type == PNG:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", labelling.as_xmp(labels))
        info.add_text("AIGC", labelling.as_json(labels))
        rgb.save(out, "PNG", pnginfo=info, compress_level=1)
    elif media_type == JPEG:
        xmp = labelling.as_xmp(labels).encode()
        rgb.save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=0, xmp=xmp)
    else:
        raise CannotEncode(f"A picture is written as PNG or JPEG, not as {media_type}.")
    return out.getvalue()


def labelled(work: bytes, *, media_type: str, labels: labelling.Labels) -> bytes:
    """A finished file with its labels and not otherwise changed. Raises CannotEncode, and ContainerDamaged."""
    try:
        write = _WRITERS[media_type]
    except KeyError:
        raise CannotEncode(f"No papers can be given to a file of type {media_type}.") from None
    return write(work, labels)


def _webp(work: bytes, labels: labelling.Labels) -> bytes:
    return webp.with_xmp(work, labelling.as_xmp(labels).encode())


def _mp4(work: bytes, labels: labelling.Labels) -> bytes:
    return mp4.with_xmp(work, labelling.as_xmp(labels).encode())


def _glb(work: bytes, labels: labelling.Labels) -> bytes:
    """Under `asset.extras`, where glTF 2.0 (section 3.2) keeps what its reader need not know."""
    length, kind = struct.unpack("<II", work[12:20])
    if work[:4] != b"glTF" or kind != _GLTF_JSON or 20 + length > len(work):
        raise CannotEncode("The sculpture is not a binary glTF.")
    document: dict[str, Any] = json.loads(work[20 : 20 + length])
    document.setdefault("asset", {})["extras"] = {
        "AIGC": labels.aigc,
        "DigitalSourceType": labelling.DIGITAL_SOURCE_TYPE,
        "AISystemUsed": f"{labels.system} {labels.system_version}",
    }
    told = json.dumps(document, separators=(",", ":")).encode()
    told += b" " * (-len(told) % 4)
    rest = work[20 + length :]
    whole = 20 + len(told) + len(rest)
    return work[:8] + struct.pack("<III", whole, len(told), _GLTF_JSON) + told + rest


def _markdown(work: bytes, labels: labelling.Labels) -> bytes:
    """As front matter; JSON is YAML as well."""
    return b"---\nAIGC: " + labelling.as_json(labels).encode() + b"\n---\n" + work


def _as_it_is(work: bytes, _: labelling.Labels) -> bytes:
    return work


_WRITERS: dict[str, Callable[[bytes, labelling.Labels], bytes]] = {
    WEBP: _webp,
    MP4: _mp4,
    GLB: _glb,
    TEXT: _as_it_is,
    MARKDOWN: _markdown,
}
