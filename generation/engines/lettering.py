"""A headline, a line, a call and a logo as one block, as large as its box allows and never beyond it; then drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from generation.engines import brand, typesetting
from generation.engines.base import EngineError, Pixels
from generation.engines.layouts import Box
from generation.engines.typesetting import Face, Measure

__all__ = ["DISPLAY", "TEXT", "Block", "Copy", "draw", "set_copy"]

Measurer = Callable[[Face, int], Measure]

DISPLAY = Face("newsreader-display.ttf", 1.12)
TEXT = Face("instrument-sans.ttf", 1.42)
# Below this nobody can read it.
_SMALLEST = 11
_LARGEST_PART = 0.26
_ASCENT, _DESCENT = 0.92, 0.28


@dataclass(frozen=True)
class Copy:
    """What a sheet says."""

    headline: str = ""
    line: str = ""
    call: str = ""
    logo: Pixels | None = field(default=None, compare=False)

    @property
    def empty(self) -> bool:
        """Nothing to say and nothing to show."""
        return not (self.headline or self.line or self.call) and self.logo is None

    def check(self) -> None:
        """Raises EngineError `glyph_missing`."""
        typesetting.check_glyphs(DISPLAY, self.headline)
        typesetting.check_glyphs(TEXT, self.line + self.call)


@dataclass(frozen=True)
class _Paragraph:
    """Lines of one face and size, of which the first's baseline stands `ascent` below `top`."""

    lines: list[str]
    face: Face
    size: int
    top: float

    @property
    def height(self) -> float:
        return (len(self.lines) - 1) * self.face.leading * self.size + (_ASCENT + _DESCENT) * self.size


@dataclass(frozen=True)
class Block:
    """Everything in its place: paragraphs, rule, button and logo, in pixels of the sheet."""

    box: Box
    centred: bool
    paragraphs: tuple[_Paragraph, ...]
    rule: Box | None
    button: tuple[Box, _Paragraph] | None
    logo: tuple[Box, Pixels] | None
    covered: Box


def set_copy(copy: Copy, box: Box, *, centred: bool, bottom: bool = False) -> Block:
    """The block at the largest size that fits into `box`, in the middle of its height, or at its bottom.

    Raises EngineError `text_too_long` where it does not fit at any size that can be read.
    """
    for cut in (False, True):
        low, high = _SMALLEST, max(_SMALLEST + 1, min(round(box.height * 0.5), round(box.width * _LARGEST_PART)))
        while high - low > 1:
            middle = (low + high) // 2
            fits = _stacked(copy, box, middle, centred, cut, typesetting.estimate)
            low, high = (middle, high) if fits else (low, middle)
        # What was found by scaled widths is set with the true ones.
        for size in range(low, max(_SMALLEST, low - 8) - 1, -1):
            if block := _stacked(copy, box, size, centred, cut, typesetting.measure):
                return _placed(block, box, bottom)
    raise EngineError("text_too_long", f"These words do not fit into {box.width} × {box.height} pixels; use fewer.")


def _stacked(copy: Copy, box: Box, size: int, centred: bool, cut: bool, measure: Measurer) -> Block | None:
    """The block with its headline at `size`, from the top of the box; None where it is too wide or too high."""
    small = max(_SMALLEST, round(size * 0.4), min(round(box.width * 0.03), round(size * 0.62)))
    gap = size * 0.42
    top, logo = 0.0, None
    if copy.logo is not None:
        logo = _logo(copy.logo, box, size, centred)
        top = logo[0].height + gap
    paragraphs: list[_Paragraph] = []
    rule = None
    for text, face, own in ((copy.headline, DISPLAY, size), (copy.line, TEXT, small)):
        if not text:
            continue
        lines = typesetting.wrapped(text, box.width, measure(face, own), cut=cut)
        if lines is None or (face is DISPLAY and len(lines) > 5):
            return None
        if paragraphs:
            rule = _rule(box, top, size, centred)
            top += gap * 1.1
        paragraphs.append(_Paragraph(lines, face, own, top))
        top += paragraphs[-1].height + gap * 0.35
    button = _button(copy.call, box, small, top + gap * 0.5, centred, measure) if copy.call else None
    if copy.call and button is None:
        return None
    bottom = button[0].top + button[0].height if button else top - gap * 0.35 if paragraphs else top - gap
    if bottom > box.height:
        return None
    covered = Box(0, 0, box.width, round(bottom))
    return Block(box, centred, tuple(paragraphs), rule, button, logo, covered)


def _rule(box: Box, top: float, size: int, centred: bool) -> Box:
    width = min(box.width, round(size * 1.3))
    return Box((box.width - width) // 2 if centred else 0, round(top + size * 0.1), width, max(2, round(size * 0.045)))


def _button(
    call: str, box: Box, size: int, top: float, centred: bool, measure: Measurer
) -> tuple[Box, _Paragraph] | None:
    across, down = round(size * 1.1), round(size * 0.55)
    lines = typesetting.wrapped(call, box.width - 2 * across, measure(TEXT, size))
    if lines is None or len(lines) > 1:
        return None
    width = round(measure(TEXT, size)(lines[0])) + 2 * across
    frame = Box((box.width - width) // 2 if centred else 0, round(top), width, round(size * 1.2) + 2 * down)
    return frame, _Paragraph(lines, TEXT, size, frame.top + down)


def _logo(logo: Pixels, box: Box, size: int, centred: bool) -> tuple[Box, Pixels]:
    height, width = logo.shape[:2]
    scale = min(size * 1.5 / height, box.width * 0.6 / width)
    own = (max(1, round(width * scale)), max(1, round(height * scale)))
    resized = np.array(Image.fromarray(logo).resize(own, Image.Resampling.LANCZOS))
    return Box((box.width - own[0]) // 2 if centred else 0, 0, *own), resized


def _placed(block: Block, box: Box, bottom: bool) -> Block:
    """The block moved to its place on the sheet."""
    spare = box.height - block.covered.height
    down = box.top + (spare if bottom else round(spare * 0.5))

    def moved(part: Box) -> Box:
        return Box(part.left + box.left, part.top + down, part.width, part.height)

    def lower(part: _Paragraph) -> _Paragraph:
        return _Paragraph(part.lines, part.face, part.size, part.top + down)

    return Block(
        box,
        block.centred,
        tuple(map(lower, block.paragraphs)),
        moved(block.rule) if block.rule else None,
        (moved(block.button[0]), lower(block.button[1])) if block.button else None,
        (moved(block.logo[0]), block.logo[1]) if block.logo else None,
        moved(block.covered),
    )


def draw(sheet: Image.Image, block: Block, scheme: brand.Scheme) -> None:
    """Draw the block in the scheme's colours."""
    canvas = ImageDraw.Draw(sheet)
    if block.logo:
        frame, logo = block.logo
        mark = Image.fromarray(logo)
        sheet.paste(mark, (frame.left, frame.top), mark)
    if block.rule:
        canvas.rectangle(_corners(block.rule), fill=scheme.accent)
    for paragraph in block.paragraphs:
        _write(canvas, paragraph, scheme.ink, block.box, block.centred)
    if block.button:
        frame, label = block.button
        canvas.rounded_rectangle(_corners(frame), radius=frame.height / 2, fill=scheme.accent)
        _write(canvas, label, scheme.label, frame, True)


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.left + box.width - 1, box.top + box.height - 1


def _write(canvas: ImageDraw.ImageDraw, paragraph: _Paragraph, ink: str, box: Box, centred: bool) -> None:
    width: Callable[[str], float] = typesetting.measure(paragraph.face, paragraph.size)
    for number, line in enumerate(paragraph.lines):
        left = box.left + (box.width - width(line)) / 2 if centred else float(box.left)
        baseline = paragraph.top + (_ASCENT + number * paragraph.face.leading) * paragraph.size
        typesetting.draw_line(canvas, line, at=(left, baseline), face=paragraph.face, size=paragraph.size, ink=ink)
