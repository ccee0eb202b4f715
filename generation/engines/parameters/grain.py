"""What can be asked of a surface: which, how strong, and how coarse."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction
from generation.engines.parameters.spec import Input, Spec

__all__ = ["SURFACES", "spec"]

SURFACES = ("paper", "canvas", "laid")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`paper` is cold-pressed, `laid` has the mould's lines; `scale` 1 suits a picture of some 1024 px."""
    return Spec(
        kind="picture",
        fields={
            "surface": Choice(SURFACES, SURFACES[0]),
            "strength": Fraction("0", "1", "0.35"),
            "scale": Fraction("0.5", "4", "1"),
        },
        inputs={"content": Input()},
    )
