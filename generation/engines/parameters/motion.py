"""What can be asked of a film: its size, length and pace, what it walks through, and a line of copy for advertising."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction, Whole, Words
from generation.engines.parameters.palette_field import spec as palette_field
from generation.engines.parameters.spec import Input, Spec

__all__ = ["FORMATS", "PATHS", "spec"]

FORMATS = ("mp4", "webp")
PATHS = ("seeds", "temperature", "truncation")


def spec(architecture: Mapping[str, Any]) -> Spec:
    """`path` walks from the piece's seed over others and home again, or lets one parameter of one picture breathe; the
    end meets the beginning. Odd sides are made even for MP4. With `copy`, the line stands on a quiet band; an input
    `picture` opens and closes the film.
    """
    source = palette_field(architecture["source"]["architecture"]).fields
    return Spec(
        kind="motion",
        fields={
            "width": Whole(256, 1080, 540),
            "height": Whole(256, 1080, 540),
            "seconds": Whole(1, 12, 6),
            "frames_per_second": Whole(8, 30, 24),
            "format": Choice(FORMATS, FORMATS[0]),
            "family": source["family"],
            "path": Choice(PATHS, PATHS[0]),
            "stops": Whole(2, 8, 4),
            "truncation": Fraction("0.1", "1", "0.8"),
            "temperature": Fraction("0.1", "2", "0.6"),
            "copy": Words(60, default=""),
        },
        inputs={"picture": Input(required=False)},
        shape=("width", "height"),
    )
