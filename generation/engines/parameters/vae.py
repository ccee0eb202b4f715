"""What can be asked of soft fields: pictures from nothing, from a picture, or from between two of either."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction, Seed, Table, Whole
from generation.engines.parameters.spec import Input, Spec

__all__ = ["ATTRIBUTES", "MODES", "spec"]

MIN_SIDE, MAX_SIDE = 256, 4096
MODES = ("sample", "reconstruct", "interpolate")
ATTRIBUTES = ("lightness", "warmth", "colourfulness", "contrast", "detail")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`sample` draws from a family, `reconstruct` reads `source` and paints it again, `interpolate` goes between two.

    The two ends of an interpolation are `source` or else the seed's picture, and `other` or else that of `mix_seed`;
    `position` is the way from the one to the other. `attributes` move the result by so many standard deviations of
    what the training pictures have. `spread` 0 gives the family's mean, 1 its own variety. A low `temperature` hardens
    edges; `grain` is the strength of the paper.
    """
    families = tuple(map(str, architecture["families"]))
    return Spec(
        kind="picture",
        fields={
            "mode": Choice(MODES, "sample"),
            "width": Whole(MIN_SIDE, MAX_SIDE, 1024),
            "height": Whole(MIN_SIDE, MAX_SIDE, 1024),
            "family": Choice(families, families[0]),
            "spread": Fraction("0", "1.5", "1.1"),
            "temperature": Fraction("0.1", "2", "0.4"),
            "grain": Fraction("0", "1", "0.3"),
            "attributes": Table({name: Fraction("-3", "3") for name in ATTRIBUTES}),
            "mix_seed": Seed(),
            "position": Fraction("0", "1"),
        },
        inputs={"source": Input(required=False), "other": Input(required=False)},
        shape=("width", "height"),
    )
