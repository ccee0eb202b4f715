"""What can be asked of a sculpture: which forms it comes of, how large it is, and what it seems to be made of."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction, Whole
from generation.engines.parameters.spec import Spec

__all__ = ["DETAILS", "MATERIALS", "PLINTHS", "spec"]

# Cells of the lattice across a form; triangles grow with the square.
DETAILS = ("96", "128", "160", "192")
PLINTHS = ("round", "square", "none")
MATERIALS = ("plaster", "bronze", "terracotta", "jade", "basalt", "ivory", "cobalt", "gilded")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`variety` 0 gives a family's mean form, 1 forms as different as those that it learnt.

    With `blend_family` the form lies `blend` of the way to a form of that other family. `turn` is the view of the
    still, in degrees. Without a `material` the seed chooses one.
    """
    families = tuple(map(str, architecture["families"]))
    return Spec(
        kind="sculpture",
        fields={
            "family": Choice(families, families[0]),
            "variety": Fraction("0", "1", "0.85"),
            "blend_family": Choice(families),
            "blend": Fraction("0", "1"),
            "height_mm": Whole(20, 600, 120),
            "plinth": Choice(PLINTHS, "round"),
            "detail": Choice(DETAILS, "128"),
            "material": Choice(MATERIALS),
            "turn": Whole(0, 359, 30),
            "still_px": Whole(1024, 2048, 1024),
        },
    )
