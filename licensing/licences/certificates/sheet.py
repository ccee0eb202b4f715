"""An A4 sheet to draw on: fonts of the house, text on baselines, pictures that hang, a code. Millimetres throughout.

Knows nothing of certificates. Has no clock: two sheets drawn alike have equal bytes.
"""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

import segno
from fpdf import FPDF
from fpdf.fonts import TTFFont
from PIL import Image, ImageFilter, UnidentifiedImageError

from common import fonts
from common.errors import Unprocessable

__all__ = ["INK", "INK_2", "INK_3", "LINE", "SEAL", "PictureUnreadable", "Sheet"]

Colour = tuple[int, int, int]
INK: Colour = (27, 26, 23)
INK_2: Colour = (85, 81, 74)
INK_3: Colour = (107, 102, 92)
LINE: Colour = (221, 216, 204)
SEAL: Colour = (179, 49, 31)

_LATIN = {
    "serif": "newsreader-display.ttf",
    "italic": "newsreader-display-italic.ttf",
    "sans": "instrument-sans.ttf",
    "mono": "jetbrains-mono.ttf",
}
_HAN, _HAN_FILE = "han", "noto-serif-sc.ttf"
# Where a line may break: after a space or a hyphen, and between Chinese characters, but never before a closing mark.
_PARTS = re.compile(
    r"[\u2e80-\u9fff《（“‘][，。、；：！？》）”’\s]*|[^\s\u2e80-\u9fff《（-]+[-\s，。、；：！？》）]*|."
)
_MOST_PIXELS = 60_000_000
_PRINTED_PIXELS = 1800


class PictureUnreadable(Unprocessable):
    code = "picture_unreadable"
    title = "The picture of the work cannot be printed on its certificate."


class Sheet:
    """One page, or several. `wide` brings three megabytes of Chinese glyphs, for which a page of Latin has no use."""

    def __init__(self, *, language: str, title: str, subject: str, at: datetime, wide: bool) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_lang(language)
        self._pdf.set_title(title)
        self._pdf.set_subject(subject)
        self._pdf.set_author("Vernissage")
        self._at = at.astimezone(UTC)
        self._pdf.set_creation_date(self._at)
        names = {**_LATIN, _HAN: _HAN_FILE} if wide else _LATIN
        for family, name in names.items():
            self._pdf.add_font(family, fname=fonts.FOLDER / name)
        self._wide = wide
        self._pdf.add_page()
        self.ink("sans", 9)

    def turn(self) -> None:
        """Go on with another page."""
        self._pdf.add_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the font files, which the library leaves open."""
        for face in self._pdf.fonts.values():
            if isinstance(face, TTFFont):
                face.ttfont.close()

    def ink(self, family: str, size: float, colour: Colour = INK, *, tracking: float = 0) -> None:
        """Write with this face from here on: `size` in points, `tracking` in parts of it."""
        self._family, self._size, self._tracking = family, size, tracking
        self._pdf.set_text_color(*colour)

    def width(self, text: str) -> float:
        """How wide one line of `text` runs in the present face."""
        return sum(self._run(family, run) for family, run in self._runs(text))

    def write(self, x: float, baseline: float, text: str, *, align: str = "left") -> None:
        """One line with its left edge, middle or right edge at `x`."""
        x -= self.width(text) * {"left": 0.0, "middle": 0.5, "right": 1.0}[align]
        for family, run in self._runs(text):
            width = self._run(family, run)
            size = self._pdf.font_size
            self._pdf.set_xy(x, baseline - size * 0.8)
            self._pdf.cell(width, size, run)
            x += width

    def lines(self, text: str, width: float, *, most: int) -> list[str]:
        """`text` broken into at most `most` lines of `width`; what is left over becomes an ellipsis."""
        lines, used = [""], 0.0
        for part in _PARTS.findall(text):
            if lines[-1] and used + self.width(part.rstrip()) > width:
                lines.append("")
                used = 0.0
            lines[-1] += part
            used += self.width(part)
        lines = [line.strip() for line in lines]
        if len(lines) > most:
            lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
        return [self._cut(line, width) for line in lines]

    def _cut(self, line: str, width: float) -> str:
        """`line` without what does not fit: a single word that is wider than the sheet."""
        while len(line) > 2 and self.width(line) > width:
            line = f"{line[:-2]}…"
        return line

    def _runs(self, text: str) -> list[tuple[str, str]]:
        """`text` in stretches of one face each: Chinese, and whatever else Latin faces lack, in the wide one."""
        if not self._wide:
            return [(self._family, text)]
        grouped = groupby(text, key=lambda letter: _HAN if self._lacks(letter) else self._family)
        return [(family, "".join(letters)) for family, letters in grouped]

    def _lacks(self, letter: str) -> bool:
        face: Any = self._pdf.fonts[self._family]
        return ord(letter) not in face.cmap

    def _run(self, family: str, text: str) -> float:
        """Set the face and return the width of a stretch in it."""
        self._pdf.set_font(family, size=self._size)
        self._pdf.set_char_spacing(self._size * (self._tracking if family != _HAN else 0))
        return float(self._pdf.get_string_width(text))

    def rule(self, x: float, y: float, width: float, colour: Colour = LINE) -> None:
        self._pdf.set_line_width(0.18)
        self._pdf.set_draw_color(*colour)
        self._pdf.line(x, y, x + width, y)

    def dot(self, x: float, y: float, radius: float) -> None:
        """The seal, with its middle at x, y."""
        self._pdf.set_fill_color(*SEAL)
        self._pdf.circle(x, y, radius, style="F")

    def hang(self, picture: bytes, *, middle: float, top: float, bottom: float, most_width: float) -> float:
        """Hang a picture with its soft shadow, as large as it fits and centred; returns its lower edge."""
        image = _opened(picture)
        scale = min(most_width / image.width, (bottom - top) / image.height)
        width, height = image.width * scale, image.height * scale
        x, y = middle - width / 2, top + (bottom - top - height) / 2
        margin = 14.0
        shadow = _shadow(width, height, margin)
        self._pdf.image(shadow, x - margin, y - margin + 5, width + 2 * margin, height + 2 * margin)
        self._pdf.image(_printable(image), x, y, width, height)
        return y + height

    def code(self, text: str, *, x: float, y: float, side: float) -> None:
        """`text` as a QR code without its quiet zone: the paper around it is that."""
        rows: Sequence[Sequence[int]] = segno.make_qr(text, error="m").matrix
        cell = side / len(rows)
        self._pdf.set_fill_color(*INK)
        for down, row in enumerate(rows):
            run = 0
            for across, dark in enumerate([*row, 0]):
                if dark:
                    run += 1
                elif run:
                    self._pdf.rect(x + (across - run) * cell, y + down * cell, run * cell, cell, style="F")
                    run = 0

    def link(self, x: float, y: float, width: float, height: float, address: str) -> None:
        self._pdf.link(x, y, width, height, address)

    def attach(self, name: str, content: bytes, *, media_type: str) -> None:
        """Put a file into the PDF, as it is, so that it can be found again in the bytes."""
        self._pdf.embed_file(
            basename=name,
            bytes=content,
            mime_type=media_type,
            creation_date=self._at,
            modification_date=self._at,
            associated_file_relationship="Data",
            compress=False,
        )

    def finish(self) -> bytes:
        return bytes(self._pdf.output())


def _opened(picture: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise PictureUnreadable(f"The picture has more than {_MOST_PIXELS:,} pixels.")
            return image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureUnreadable(f"The picture of the work cannot be read: {error}.") from error


def _printable(image: Image.Image) -> io.BytesIO:
    small = image.copy()
    small.thumbnail((_PRINTED_PIXELS, _PRINTED_PIXELS), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    small.save(encoded, "JPEG", quality=90, subsampling=0)
    return encoded


def _shadow(width: float, height: float, margin: float) -> io.BytesIO:
    """A long soft fall, at three pixels a millimetre."""
    size = (round((width + 2 * margin) * 3), round((height + 2 * margin) * 3))
    inset = round((margin + 3) * 3)
    alpha = Image.new("L", size, 0)
    alpha.paste(96, (inset, inset, size[0] - inset, size[1] - inset))
    alpha = alpha.filter(ImageFilter.GaussianBlur(14))
    ink = Image.merge("RGBA", [*(Image.new("L", size, part) for part in INK), alpha])
    encoded = io.BytesIO()
    ink.save(encoded, "PNG")
    return encoded
