"""The visible label on what is sold, where the operator's jurisdiction asks for it (`VISIBLE_LABEL`).

A picture gets the plate before its invisible mark, a film in each of its frames, a text a last line, a sculpture the
plate on its picture: the solid itself has no place for words.
"""

import io

import numpy as np
from PIL import Image

from generation.engines.base import Pixels
from licensing.provenance import plate
from licensing.provenance.containers import JPEG, MP4, PNG, WEBP
from licensing.provenance.encoding import MARKDOWN, TEXT

__all__ = ["ALGORITHM", "labelled", "on_picture", "unlabelled"]

# As it stands among the marks in a record; another drawing would get another name, and recovery draw both.
ALGORITHM = "visible-label-1"
_LINE = "AI 生成 · AI-generated"
_FILMS = (MP4, WEBP)


def on_picture(picture: Image.Image) -> Image.Image:
    """`picture` with the plate in its calmest corner; the same for the same picture."""
    return plate.onto(picture, plate.calmest_corner(picture))


def labelled(work: bytes, media_type: str) -> bytes:
    """A finished file that says in sight what it is; those of kinds that have no place for it as they are.

    The same bytes from the same work. A film is encoded a second time, at the quality of the first.
    """
    if media_type in (PNG, JPEG):
        with Image.open(io.BytesIO(work)) as picture:
            return _png(on_picture(picture.convert("RGB")))
    if media_type in (TEXT, MARKDOWN):
        return work.rstrip(b"\n") + f"\n\n{_LINE}\n".encode()
    return _film(work, media_type) if media_type in _FILMS else work


def unlabelled(words: str) -> str:
    """The words of a text without the label's line."""
    return words.rstrip().removesuffix(_LINE).rstrip() + "\n"


def _film(work: bytes, media_type: str) -> bytes:
    from generation.engines import film  # brings FFmpeg, which only the house worker needs

    corner: list[plate.Corner] = []

    def with_plate(pixels: Pixels) -> Pixels:
        picture = Image.fromarray(pixels)
        if not corner:  # the first frame's, for all of them
            corner.append(plate.calmest_corner(picture))
        return np.asarray(plate.onto(picture, corner[0]))

    return film.repainted(work, media_type, with_plate)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
