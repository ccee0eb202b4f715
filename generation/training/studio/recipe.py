"""A training picture as a recipe: everything that is needed to draw it again, and the digests that prove it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import rfc8785
from numpy.typing import NDArray

from generation.training.studio import geometry, land, matter, planes
from generation.training.studio.canvas import Canvas
from generation.training.studio.colour import Array, palette
from generation.training.studio.palettes import chosen

__all__ = [
    "EVALUATION_SEEDS",
    "FAMILIES",
    "FAMILIES_OF",
    "SIZE",
    "STUDIO_VERSION",
    "TRAINING_SEEDS",
    "VALIDATION_SEEDS",
    "Pixels",
    "Recipe",
    "picture_sha256",
    "render",
]

Pixels = NDArray[np.uint8]

STUDIO_VERSION = "1"
SIZE = 128

# Training and evaluation never share a seed, so that a measured model has not seen what it is measured against; what
# a run measures itself against while it trains is again something else.
TRAINING_SEEDS = range(1_000_000, 2_000_000)
VALIDATION_SEEDS = range(8_000_000, 9_000_000)
EVALUATION_SEEDS = range(9_000_000, 10_000_000)

_DRAW: dict[str, Callable[[Canvas], Array]] = {
    "ridges": land.ridges,
    "marble": matter.marble,
    "glass": geometry.glass,
    "ink": matter.ink,
    "poster": geometry.poster,
    "nebula": matter.nebula,
    "waves": land.waves,
    "rosette": geometry.rosette,
    "fields": planes.fields,
    "cutouts": planes.cutouts,
}
FAMILIES = tuple(_DRAW)

# The second version draws with palettes chosen by hand and evener panes, and leaves out what came out dull.
_DRAW_2 = {name: draw for name, draw in _DRAW.items() if name not in ("marble", "poster")}
_DRAW_2["glass"] = geometry.spaced_glass
_STUDIOS = {"1": (_DRAW, palette), "2": (_DRAW_2, chosen)}
FAMILIES_OF = {version: tuple(draws) for version, (draws, _) in _STUDIOS.items()}


@dataclass(frozen=True)
class Recipe:
    """What to draw: a family, a seed, the place in its dataset, the side in pixels (32 … 512), the studio's version."""

    family: str
    seed: int
    index: int
    size: int = SIZE
    studio: str = STUDIO_VERSION

    def __post_init__(self) -> None:
        families = FAMILIES_OF.get(self.studio)
        if families is None:
            raise ValueError(f"there is no studio of version {self.studio!r}; there are {', '.join(FAMILIES_OF)}")
        if self.family not in families:
            raise ValueError(f"the studio draws no family {self.family!r}; it draws {', '.join(families)}")
        if not 32 <= self.size <= 512:
            raise ValueError(f"the studio draws sides of 32 to 512 pixels, not {self.size}")
        if self.seed < 0 or self.index < 0:
            raise ValueError("a recipe's seed and index are not negative")

    def canonical(self) -> bytes:
        """The recipe as canonical JSON (RFC 8785), the studio's version with it."""
        return rfc8785.dumps(
            {
                "family": self.family,
                "index": self.index,
                "seed": str(self.seed),
                "size": self.size,
                "studio": self.studio,
            }
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical recipe, in hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()


def render(recipe: Recipe) -> Pixels:
    """The picture of a recipe: uint8 sRGB, shape (size, size, 3), the same bytes wherever it is drawn."""
    entropy = int.from_bytes(hashlib.sha256(recipe.canonical()).digest(), "big")
    draws, choose = _STUDIOS[recipe.studio]
    canvas = Canvas(np.random.default_rng(entropy), recipe.size, choose)
    picture: Array = np.clip(draws[recipe.family](canvas), 0.0, 1.0)
    pixels: Pixels = np.rint(picture * 255).astype(np.uint8)
    return pixels


def picture_sha256(pixels: Pixels) -> str:
    """SHA-256 of the raw pixels, row by row, red green blue, without any file format around them."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
