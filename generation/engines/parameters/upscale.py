"""What can be asked of an enlargement: how many times, and whether with the picture's own sharpness or plainly."""

from collections.abc import Mapping
from typing import Any

from generation.engines.parameters.fields import Choice, Fraction
from generation.engines.parameters.spec import Input, Spec

__all__ = ["spec"]


def spec(architecture: Mapping[str, Any]) -> Spec:
    """No side of the result may pass 4096 pixels. `plain` is Lanczos resampling."""
    return Spec(
        kind="picture",
        fields={"factor": Fraction("1", "4", "2"), "method": Choice(("sharp", "plain"), "sharp")},
        inputs={"content": Input()},
    )
