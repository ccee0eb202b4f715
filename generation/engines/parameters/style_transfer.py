"""What can be asked of style transfer: how, how strongly, how closely, and from which style."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction, Whole
from generation.engines.parameters.spec import Input, Spec

__all__ = ["MODES", "spec"]

MODES = ("patches", "colour")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`mode` paints with the style's patches or carries over its colours only; `structure` keeps shapes; `touch` is how
    large the style's touches are in the result; `strength` 0 keeps the content's own colours. The result has the
    content's size, or `longest` pixels at most on its longer side. The style is an input work or a `swatch` of the
    studio; without either the seed chooses a swatch. A trained network has its one style and takes the content alone.
    """
    longest = Whole(256, 4096)
    if architecture.get("kind") == "fast-style":
        fields: dict[str, Any] = {"strength": Fraction("0", "1", "1"), "longest": Whole(256, 2048)}
        return Spec(kind="picture", fields=fields, inputs={"content": Input()})
    return Spec(
        kind="picture",
        fields={
            "mode": Choice(MODES, MODES[0]),
            "strength": Fraction("0", "1", "1"),
            "structure": Fraction("0", "1", "0.6"),
            "touch": Fraction("0.25", "1", "0.5"),
            "swatch": Choice(tuple(map(str, architecture["swatches"]))),
            "longest": longest,
        },
        inputs={"content": Input(), "style": Input(required=False)},
    )
