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
    other's. From version 2 on, `roughness` is how far chance frays what is drawn: 1 is as it was trained, 0 smooth.
    """
    families = tuple(map(str, architecture["families"]))
    frayed = {"roughness": Fraction("0", "1", "0.4")} if architecture.get("version", 1) > 1 else {}
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
            **frayed,
        },
        shape=("width", "height"),
    )
