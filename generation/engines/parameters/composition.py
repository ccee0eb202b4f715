"""What can be asked of a composition: its words, its brand's colours, a layout, and the formats of the set."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Colour, Several, Words
from generation.engines.parameters.spec import Input, Spec

__all__ = ["FORMATS", "LAYOUTS", "spec"]

# Width and height in pixels. The poster is A3 at 150 dots per inch.
FORMATS: dict[str, tuple[int, int]] = {
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "story": (1080, 1920),
    "card": (1200, 628),
    "wide": (1920, 1080),
    "banner": (1500, 500),
    "poster-a3": (1754, 2480),
}
LAYOUTS = ("band", "split", "frame", "veil")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """The first of `formats` is the master, the others come with it. `colours` are the brand's: paper first, accent
    last; without any they are taken from the picture. `headline` may have line breaks.
    """
    return Spec(
        kind="picture",
        fields={
            "headline": Words(80, lines=True, default=""),
            "line": Words(160, lines=True, default=""),
            "call": Words(24, default=""),
            "colours": Several(Colour(), 4, default=[]),
            "layout": Choice(LAYOUTS, LAYOUTS[0]),
            "formats": Several(Choice(tuple(FORMATS)), len(FORMATS), at_least=1, default=["square"]),
        },
        inputs={"picture": Input(), "logo": Input(required=False)},
        shape=("layout",),
    )
