"""What can be asked of a palette field: a family, a size, and how freely and softly it paints."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction, Seed, Whole
from generation.engines.parameters.spec import Spec

__all__ = ["MAX_SIDE", "MIN_SIDE", "spec"]

MIN_SIDE, MAX_SIDE = 256, 4096


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`truncation` 1 leaves the latent as it fell, 0 gives the family's mean; a low `temperature` hardens edges.

    `grain` is the strength of the paper. With `mix_seed`, the picture lies `mix` of the way from the one seed's to the
    other's.
    """
    families = tuple(map(str, architecture["families"]))
    return Spec(
        kind="picture",
        fields={
            "width": Whole(MIN_SIDE, MAX_SIDE, 1024),
            "height": Whole(MIN_SIDE, MAX_SIDE, 1024),
            "family": Choice(families, families[0]),
            "truncation": Fraction("0", "1", "0.8"),
            "temperature": Fraction("0.1", "2", "0.6"),
            "grain": Fraction("0", "1", "0.3"),
            "mix_seed": Seed(),
            "mix": Fraction("0", "1"),
        },
        shape=("width", "height"),
    )
