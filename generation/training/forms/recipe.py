"""A form as a recipe: everything that is needed to have it again, and the digests that prove it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import rfc8785

from generation.training.forms import organic, turned
from generation.training.forms.solids import Field

__all__ = ["EVALUATION_SEEDS", "FAMILIES", "FORMS_VERSION", "TRAINING_SEEDS", "Recipe", "field_of", "field_sha256"]

FORMS_VERSION = "1"

# Training and evaluation never share a seed, so that a measured model has not seen what it is measured against.
TRAINING_SEEDS = range(1_000_000, 2_000_000)
EVALUATION_SEEDS = range(9_000_000, 10_000_000)

_LATTICE = 24
_STEPS_PER_UNIT = 4096
_FARTHEST = 0.5

_SHAPE: dict[str, Callable[[np.random.Generator], Field]] = {
    "torso": organic.torso,
    "pierced": organic.pierced,
    "cairn": organic.cairn,
    "gyroid": organic.gyroid,
    "column": turned.column,
    "vessel": turned.vessel,
    "ribbon": turned.ribbon,
    "knot": turned.knot,
}
FAMILIES = tuple(_SHAPE)


@dataclass(frozen=True)
class Recipe:
    """Which form: one of `FAMILIES`, a seed, the place in its dataset."""

    family: str
    seed: int
    index: int

    def __post_init__(self) -> None:
        if self.family not in _SHAPE:
            raise ValueError(f"there is no family of forms {self.family!r}; there are {', '.join(FAMILIES)}")
        if self.seed < 0 or self.index < 0:
            raise ValueError("a recipe's seed and index are not negative")

    def canonical(self) -> bytes:
        """The recipe as canonical JSON (RFC 8785), the version of the forms with it."""
        return rfc8785.dumps(
            {"family": self.family, "forms": FORMS_VERSION, "index": self.index, "seed": str(self.seed)}
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical recipe, in hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()


def field_of(recipe: Recipe) -> Field:
    """The form of a recipe: a function of space, within the cube from -1 to 1."""
    entropy = int.from_bytes(hashlib.sha256(recipe.canonical()).digest(), "big")
    return _SHAPE[recipe.family](np.random.default_rng(entropy))


def field_sha256(field: Field) -> str:
    """SHA-256 of a form seen on a lattice of 24³ points from -1 to 1, x outermost, as little-endian 16-bit steps.

    Values are cut at half a unit and rounded to 1/4096, so that the last bits of sines do not matter.
    """
    axis = np.linspace(-1, 1, _LATTICE)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    steps = np.rint(np.clip(field(points), -_FARTHEST, _FARTHEST) * _STEPS_PER_UNIT)
    return hashlib.sha256(steps.astype("<i2").tobytes()).hexdigest()
