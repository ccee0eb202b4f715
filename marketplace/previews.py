"""Small public pictures of a piece, each with a visible mark that says it is AI-generated.

Made from the master, which stays private. Knows nothing of artworks: a draft of a commission has previews as well.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.db import transaction
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageStat

from common import storage
from generation.models import Piece
from licensing.provenance.labels import DIGITAL_SOURCE_TYPE
from marketplace.models import Preview

__all__ = ["WIDTHS", "make"]

WIDTHS = (480, 960, 1600)
_LABEL_ZH = "AI 生成"
_LABEL_EN = "AI-generated"
_HOUSE = "Vernissage"
_FONT = Path(__file__).parent / "fonts" / "NotoSansSC-mark.ttf"
# GB 45438-2025 asks for characters of at least 5 % of the short side; a Han glyph of this font fills 0.92 of its em.
_TEXT_SHARE = 0.055
_PLATE = (27, 26, 23, 214)
_INK = (247, 245, 240, 255)
_QUALITY = 82
# Ties go to the first: where a reader looks for a signature.
_CORNERS = ((1, 1), (0, 1), (1, 0), (0, 0))
_XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()

Corner = tuple[int, int]


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
    corner = _calmest_corner(master)
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


def _preview(piece: Piece, master: Image.Image, width: int, corner: Corner) -> Preview:
    height = max(1, round(master.height * width / master.width))
    small = master.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    _marked(small, corner).save(buffer, "WEBP", quality=_QUALITY, method=4, xmp=_XMP)
    return Preview(
        piece=piece, width=width, height=height, name=storage.put("previews", buffer.getvalue(), ".webp").name
    )


def _marked(picture: Image.Image, corner: Corner) -> Image.Image:
    """`picture` with the mark in `corner`, a little away from both edges."""
    mark = _mark(min(picture.size))
    gap = max(2, round(min(picture.size) * 0.025))
    x, y = (
        gap + far * max(0, whole - part - 2 * gap)
        for far, whole, part in zip(corner, picture.size, mark.size, strict=True)
    )
    marked = picture.convert("RGBA")
    marked.alpha_composite(mark.crop((0, 0, picture.width - x, picture.height - y)), (x, y))
    return marked.convert("RGB")


def _mark(short_side: int) -> Image.Image:
    """A dark plate: the Chinese label at the size its standard asks for, beside it the English label and the house."""
    em = max(10, -int(-short_side * _TEXT_SHARE // 1))
    large = ImageFont.truetype(_FONT, em)
    small = ImageFont.truetype(_FONT, max(5, round(em * 0.5)))
    pad, between = round(em * 0.36), round(em * 0.42)
    left = pad + round(large.getlength(_LABEL_ZH)) + between
    width = left + round(max(small.getlength(line) for line in (_LABEL_EN, _HOUSE))) + pad
    height = round(em * 1.5)
    plate = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=max(2, em // 8), fill=_PLATE)
    draw.text((pad, height / 2), _LABEL_ZH, font=large, fill=_INK, anchor="lm")
    draw.text((left, height * 0.32), _LABEL_EN, font=small, fill=_INK, anchor="lm")
    draw.text((left, height * 0.69), _HOUSE, font=small, fill=_INK, anchor="lm")
    return plate


def _calmest_corner(master: Image.Image) -> Corner:
    """The corner with the fewest edges under the mark, so that it stays clear of the subject."""
    small = master.convert("L")
    small.thumbnail((480, 480))
    edges = small.filter(ImageFilter.FIND_EDGES)
    width, height = (min(a, b) for a, b in zip(_mark(min(small.size)).size, small.size, strict=True))

    def busyness(corner: Corner) -> float:
        x, y = corner[0] * (small.width - width), corner[1] * (small.height - height)
        return ImageStat.Stat(edges.crop((x, y, x + width, y + height))).mean[0]

    return min(_CORNERS, key=busyness)
