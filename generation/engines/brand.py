"""The colours of a composition: which of a brand's is the paper, which writes on it, and that everybody can read it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from generation.engines import oklab
from generation.engines.base import Pixels

__all__ = ["READABLE", "Scheme", "scheme"]

# WCAG 2, level AA, for text of any size.
READABLE = 4.5
# Between the first two lie a few greys on which neither is enough; on those pure black is.
_NEUTRAL = ("#141311", "#FFFFFF", "#000000")


@dataclass(frozen=True)
class Scheme:
    """#RRGGBB each; `ink` on `paper` and `label` on `accent` have a contrast of 4.5 at least."""

    paper: str
    ink: str
    accent: str
    label: str


def scheme(colours: Sequence[str], picture: Pixels) -> Scheme:
    """From the brand's colours, the paper first and the accent last; without any, from the picture."""
    own = list(colours) or _of_picture(picture)
    paper = own[0]
    ink = _reading(paper, own[1:])
    others = [colour for colour in own[:0:-1] if _contrast(colour, paper) >= 1.3]
    accent = others[0] if others else ink
    return Scheme(paper, ink, accent, _reading(accent, [paper, ink]))


def _contrast(one: str, other: str) -> float:
    return oklab.contrast(oklab.parse_hexadecimal(one), oklab.parse_hexadecimal(other))


def _reading(ground: str, wished: Sequence[str]) -> str:
    """The first of the wished colours that can be read on the ground, or black or white; one of them always can."""
    return next(colour for colour in (*wished, *_NEUTRAL) if _contrast(colour, ground) >= READABLE)


def _of_picture(picture: Pixels) -> list[str]:
    """A light paper tinted by the picture, its darkest colour and its most colourful one."""
    small = np.array(Image.fromarray(picture).resize((48, 48), Image.Resampling.BOX))
    lab = oklab.from_pixels(small).reshape(-1, 3)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    mean = lab.mean(0)
    paper = np.array([0.965, *(mean[1:] * 0.15)], np.float32)
    darkest = lab[np.argsort(lab[:, 0])[: len(lab) // 20]].mean(0)
    darkest[0] = min(darkest[0], 0.3)
    strongest = lab[np.argsort(-chroma)[: len(lab) // 20]].mean(0)
    strongest[0] = np.clip(strongest[0], 0.4, 0.7)
    return [oklab.hexadecimal(oklab.to_pixels(colour)) for colour in (paper, darkest, strongest)]
