"""Small public pictures of a piece, each with a visible mark that says it is AI-generated.

Made from the master, which stays private. Knows nothing of artworks: a draft of a commission has previews as well.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from PIL import Image

from common import storage
from generation.models import Piece
from licensing.provenance import plate
from licensing.provenance.labels import DIGITAL_SOURCE_TYPE
from marketplace.models import Preview

__all__ = ["WIDTHS", "make"]

WIDTHS = (480, 960, 1600)
_QUALITY = 82
_XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


def make(piece_id: UUID) -> list[Preview]:
    """The previews of a picture, of another work's still, or of a text's sheet, smallest first, at WIDTHS but never
    wider than it is.

    They are WebP without any metadata but where the picture comes from (IPTC), named by their own digest, so that
    nobody can guess the address of a private draft. Making them again changes nothing.
    """
    piece = Piece.objects.get(pk=piece_id)
    there = list(piece.previews.all())
    with _seen(piece) as image:
        widths = sorted({min(width, image.width) for width in WIDTHS})
        if [preview.width for preview in there] == widths:
            return there
        master = image.convert("RGB")
    corner = plate.calmest_corner(master)
    made = [_preview(piece, master, width, corner) for width in widths]
    with transaction.atomic():
        Preview.objects.bulk_create(made, ignore_conflicts=True)
    return list(piece.previews.all())


@contextmanager
def _seen(piece: Piece) -> Iterator[Image.Image]:
    if piece.kind == "text" and not piece.still_name:
        from marketplace.sheets import sheet  # brings fontTools and numpy, of which the web process has no need

        yield sheet(storage.read("masters", piece.master_name).decode())
        return
    with storage.open_file("masters", piece.still_name or piece.master_name) as file, Image.open(file) as image:
        yield image


def _preview(piece: Piece, master: Image.Image, width: int, corner: plate.Corner) -> Preview:
    height = max(1, round(master.height * width / master.width))
    small = master.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    plate.onto(small, corner).save(buffer, "WEBP", quality=_QUALITY, method=4, xmp=_XMP)
    return Preview(
        piece=piece, width=width, height=height, name=storage.put("previews", buffer.getvalue(), ".webp").name
    )
