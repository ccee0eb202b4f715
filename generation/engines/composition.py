"""Posters and advertising sets: a picture, words in real fonts and a brand's colours, laid out at several formats.

Words are never clipped and never overlap: the largest size is chosen at which all of them stand in their box. Whatever
is written can be read: its contrast is 4.5 at least, on paper, on the button and on a veiled picture.
"""

import io

import numpy as np
import PIL
from PIL import Image

from generation.engines import brand, decoding, enlarging, lettering, oklab
from generation.engines.base import Companion, Picture, Pixels, Request, Step, Work
from generation.engines.layouts import Box, Layout, lay_out
from generation.engines.lettering import Copy
from generation.engines.method import Method, Progress
from generation.engines.parameters.composition import FORMATS

__all__ = ["CompositionEngine"]

_SECONDS_PER_MEGAPIXEL = 1.6
_VEIL_STEPS = 20


class CompositionEngine(Method):
    """One set for each request: the first format is the master, the others are its companions."""

    NAME = "composition"

    def estimate(self, request: Request) -> float:
        """By the pixels of all formats."""
        pixels = sum(FORMATS[name][0] * FORMATS[name][1] for name in request.parameters["formats"])
        return 0.3 + pixels / 1e6 * _SECONDS_PER_MEGAPIXEL

    def stages(self, request: Request) -> int:
        """One for each format."""
        return len(dict.fromkeys(request.parameters["formats"]))

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """The library that sets the text counts too."""
        return super().profile(slots=slots) | {"pillow": PIL.__version__}

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """Raises EngineError `input_…`, `glyph_missing`, or `text_too_long` where words cannot be read at any size."""
        parameters, inputs = request.parameters, request.inputs
        if "picture" not in inputs:
            raise decoding.missing("picture")
        picture = decoding.decoded(inputs["picture"], "picture")
        logo = decoding.decoded_with_alpha(inputs["logo"], "logo") if "logo" in inputs else None
        copy = Copy(parameters["headline"], parameters["line"], parameters["call"], logo)
        copy.check()
        colours = brand.scheme(parameters["colours"], picture)
        sheets: dict[str, Pixels] = {}
        for name in dict.fromkeys(parameters["formats"]):
            layout = lay_out(parameters["layout"], *FORMATS[name], wordless=copy.empty)
            sheets[name] = composed(picture, copy, colours, layout, FORMATS[name])
            progress.advance()
        master, *others = sheets
        companions = {name: Companion("image/png", ".png", _png(sheets[name])) for name in others}
        return Picture(sheets[master], companions), ()


def composed(picture: Pixels, copy: Copy, scheme: brand.Scheme, layout: Layout, size: tuple[int, int]) -> Pixels:
    """One sheet: paper, picture, veil where there is one, words."""
    sheet = Image.new("RGB", size, scheme.paper)
    box = layout.picture
    sheet.paste(Image.fromarray(cropped(picture, box.width, box.height)), (box.left, box.top))
    if copy.empty:
        return np.array(sheet)
    if layout.veiled:
        block = lettering.set_copy(copy, layout.words, centred=False, bottom=True)
        sheet = _veiled(sheet, block.covered, scheme)
    else:
        block = lettering.set_copy(copy, layout.words, centred=layout.centred)
    lettering.draw(sheet, block, scheme)
    return np.array(sheet)


def cropped(picture: Pixels, width: int, height: int) -> Pixels:
    """The most telling part of a picture in other proportions, at this size."""
    tall, wide = picture.shape[:2]
    scale = max(width / wide, height / tall)
    part = (min(wide, max(1, round(width / scale))), min(tall, max(1, round(height / scale))))
    left, top = _focus(picture, *part)
    chosen = picture[top : top + part[1], left : left + part[0]]
    if scale <= 1:
        return np.array(Image.fromarray(chosen).resize((width, height), Image.Resampling.LANCZOS))
    return enlarging.enlarged(np.ascontiguousarray(chosen), (width, height))


def _focus(picture: Pixels, width: int, height: int) -> tuple[int, int]:
    """Where the window stands over most detail and colour, and rather in the middle."""
    tall, wide = picture.shape[:2]
    small = oklab.from_pixels(np.array(Image.fromarray(picture).resize((64, 64), Image.Resampling.BOX)))
    telling = np.hypot(small[..., 1] - small[..., 1].mean(), small[..., 2] - small[..., 2].mean())
    telling = telling + np.abs(np.gradient(small[..., 0], axis=0)) + np.abs(np.gradient(small[..., 0], axis=1))
    return (
        _window(telling.sum(0, dtype=np.float64), wide, width),
        _window(telling.sum(1, dtype=np.float64), tall, height),
    )


def _window(telling: np.ndarray[tuple[int], np.dtype[np.float64]], length: int, part: int) -> int:
    if part >= length:
        return 0
    span = max(1, round(len(telling) * part / length))
    sums = np.convolve(telling, np.ones(span), "valid")
    middle = np.abs(np.linspace(-1, 1, len(sums)))
    best = int(np.argmax(np.round(sums / (sums.max() + 1e-9) - 0.12 * middle, 6)))
    return min(length - part, round(best / max(len(sums) - 1, 1) * (length - part)))


def _veiled(sheet: Image.Image, words: Box, scheme: brand.Scheme) -> Image.Image:
    """Paper laid over the picture, just so thick under the words that every one of its pixels can be written on."""
    pixels = np.asarray(sheet)
    under = pixels[words.top : words.top + words.height, words.left : words.left + words.width].reshape(-1, 3)
    paper = oklab.parse_hexadecimal(scheme.paper).astype(np.float32)
    ink = oklab.parse_hexadecimal(scheme.ink)
    steps = (step / _VEIL_STEPS for step in range(6, _VEIL_STEPS))
    thickness = next((step for step in steps if _readable(under, paper, ink, step)), 1.0)
    veil = _fade(sheet.size, words) * np.float32(thickness)
    mixed = pixels * (np.float32(1) - veil[..., None]) + paper * veil[..., None]
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _readable(under: Pixels, paper: oklab.Floats, ink: Pixels, thickness: float) -> bool:
    mixed = np.rint(under * np.float32(1 - thickness) + paper * np.float32(thickness)).astype(np.uint8)
    return oklab.contrast(mixed, ink) >= brand.READABLE


def _fade(size: tuple[int, int], words: Box) -> oklab.Floats:
    """1 under the words and towards the nearest edges of the sheet, fading to 0 away from them."""
    width, height = size
    if words.width < width * 0.7:
        reach = (np.arange(width) - (words.left + words.width)) / (width * 0.22)
        line = np.clip(1 - reach, 0, 1)[None].repeat(height, 0)
    else:
        reach = (words.top - np.arange(height)) / (height * 0.22)
        line = np.clip(1 - reach, 0, 1)[:, None].repeat(width, 1)
    eased: oklab.Floats = (line * line * (3 - 2 * line)).astype(np.float32)
    return eased


def _png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
