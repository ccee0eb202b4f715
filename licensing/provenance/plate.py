"""The visible label that a picture is AI-generated: a dark plate in its calmest corner. Pure.

Drawn the same way every time, since a mark is read against the original with its plate.
"""

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageStat

from common.fonts import FOLDER

__all__ = ["Corner", "calmest_corner", "onto"]

_LABEL_ZH = "AI 生成"
_LABEL_EN = "AI-generated"
_HOUSE = "Vernissage"
_FONT = FOLDER / "noto-sans-sc-mark.ttf"
# GB 45438-2025 asks for characters of at least 5 % of the short side; a Han glyph of this font fills 0.92 of its em.
_TEXT_SHARE = 0.055
_PLATE = (27, 26, 23, 214)
_INK = (247, 245, 240, 255)
# Ties go to the first: where a reader looks for a signature.
_CORNERS = ((1, 1), (0, 1), (1, 0), (0, 0))

Corner = tuple[int, int]


def onto(picture: Image.Image, corner: Corner) -> Image.Image:
    """`picture` as RGB with the plate in `corner`, a little away from both edges."""
    mark = _mark(min(picture.size))
    gap = max(2, round(min(picture.size) * 0.025))
    x, y = (
        gap + far * max(0, whole - part - 2 * gap)
        for far, whole, part in zip(corner, picture.size, mark.size, strict=True)
    )
    marked = picture.convert("RGBA")
    marked.alpha_composite(mark.crop((0, 0, picture.width - x, picture.height - y)), (x, y))
    return marked.convert("RGB")


def calmest_corner(picture: Image.Image) -> Corner:
    """The corner with the fewest edges under the mark, so that it stays clear of the subject."""
    small = picture.convert("L")
    small.thumbnail((480, 480))
    edges = small.filter(ImageFilter.FIND_EDGES)
    width, height = (min(a, b) for a, b in zip(_mark(min(small.size)).size, small.size, strict=True))

    def busyness(corner: Corner) -> float:
        x, y = corner[0] * (small.width - width), corner[1] * (small.height - height)
        return ImageStat.Stat(edges.crop((x, y, x + width, y + height))).mean[0]

    return min(_CORNERS, key=busyness)


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
