"""Pictures that come into a dataset: opened within bounds, searched for opt-outs, and known again by a fingerprint."""

import io
import re
import warnings
from pathlib import Path

import numpy as np
import pdqhash
from PIL import Image, ImageFile, IptcImagePlugin

from generation.datasets.errors import DatasetRefused, DatasetTooLarge
from generation.datasets.items import MAX_ITEM_BYTES, PICTURES

__all__ = ["embedded_signals", "fingerprint", "opened", "read"]

MAX_PIXELS = 64_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_MAX_METADATA = 4 * 2**20
_INSTRUCTIONS = (2, 40)

# The values of PLUS "Data Mining" (IPTC Photo Metadata 2023.1) that leave training open.
_OPEN = ("DMI-UNSPECIFIED", "DMI-ALLOWED")
_MINING = re.compile(r"DMI-[A-Z-]{1,60}")
_NO_AI = re.compile(r"\bno-?(?:image)?-?ai\b", re.IGNORECASE)


def read(path: Path) -> bytes:
    """A picture's file. Raises DatasetTooLarge above 64 MiB."""
    with path.open("rb") as file:
        content = file.read(MAX_ITEM_BYTES + 1)
    if len(content) > MAX_ITEM_BYTES:
        raise DatasetTooLarge(f"{path.name} is larger than {MAX_ITEM_BYTES >> 20} MiB.")
    return content


def opened(content: bytes, name: str) -> ImageFile.ImageFile:
    """The decoded picture in its own mode. Raises DatasetRefused for what is none, DatasetTooLarge above 64 MP."""
    too_large = DatasetTooLarge(f"{name} has more than {MAX_PIXELS // 10**6} million pixels.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # bounded on the next line, and lower
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise too_large
        if Image.MIME[picture.format or ""] != PICTURES[Path(name).suffix.lower()]:
            raise DatasetRefused(f"{name} is a {picture.format}; its name says otherwise.")
        picture.load()
    except Image.DecompressionBombError as error:
        raise too_large from error
    except (OSError, ValueError, SyntaxError, KeyError, EOFError) as error:
        raise DatasetRefused(f"{name} cannot be opened as a picture: {error}.") from error
    return picture


def embedded_signals(content: bytes, picture: ImageFile.ImageFile) -> dict[str, str]:
    """What a picture's own metadata say of data mining: PLUS in XMP, `noai` in XMP or in the IPTC instructions."""
    xmp = _xmp(content, picture)
    said = {}
    if values := sorted(set(_MINING.findall(xmp))):
        closed = [value for value in values if value not in _OPEN]
        said["plus:DataMining"] = (
            f"reserved: {', '.join(closed)}"[:200] if closed else f"open: {', '.join(values)}"[:200]
        )
    if found := _NO_AI.search(xmp):
        said["xmp"] = f"reserved: {found[0]}"
    if found := _NO_AI.search(_instructions(picture)):
        said["iptc instructions"] = f"reserved: {found[0]}"
    return said


def fingerprint(picture: Image.Image) -> str:
    """PDQ (Meta's perceptual hash, 256 bits) of the picture over white, as `pdq:` and 64 hexadecimal digits."""
    flat = picture.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", flat.size, "white"), flat).convert("RGB")
    flat.thumbnail((512, 512))
    bits, _quality = pdqhash.compute(np.asarray(flat))
    return "pdq:" + np.packbits(bits).tobytes().hex()


def _xmp(content: bytes, picture: Image.Image) -> str:
    """All XMP that a reader could find: the packet that Pillow unpacked, and what stands in the file as it is."""
    packets = [picture.info.get(name, b"") for name in ("xmp", "XML:com.adobe.xmp")]
    start = content.find(b"<x:xmpmeta")
    if start >= 0:
        packets.append(content[start : start + _MAX_METADATA].split(b"</x:xmpmeta>")[0])
    whole = b"\n".join(packet.encode() if isinstance(packet, str) else bytes(packet) for packet in packets)
    return whole[:_MAX_METADATA].replace(b"\0", b"").decode("utf-8", "replace")


def _instructions(picture: ImageFile.ImageFile) -> str:
    try:
        fields = IptcImagePlugin.getiptcinfo(picture) or {}
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError):
        return ""
    found = fields.get(_INSTRUCTIONS, b"")
    return b" ".join(found if isinstance(found, list) else [found])[:1000].decode("utf-8", "replace")
