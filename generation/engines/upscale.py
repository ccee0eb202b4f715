"""Enlarging a picture, up to four times, by the sharpness it has itself."""

import numpy as np
from PIL import Image

from generation.engines import decoding, enlarging
from generation.engines.base import EngineError, Picture, Request, Step, Work
from generation.engines.method import Method, Progress

__all__ = ["UpscaleEngine"]

_MAX_SIDE = 4096
_SECONDS_PER_MEGAPIXEL = 3.5


class UpscaleEngine(Method):
    """One step, from an input picture."""

    NAME = "upscale"

    def estimate(self, request: Request) -> float:
        """As for a picture of one megapixel; its size is not known before it is decoded."""
        return 0.2 + float(request.parameters["factor"]) ** 2 * _SECONDS_PER_MEGAPIXEL

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """The content, `factor` times as large. Raises EngineError `input_too_large` where a side would pass 4096."""
        if "content" not in request.inputs:
            raise decoding.missing("content")
        content = decoding.decoded(request.inputs["content"], "content")
        factor = float(request.parameters["factor"])
        width, height = (round(side * factor) for side in (content.shape[1], content.shape[0]))
        if max(width, height) > _MAX_SIDE:
            raise EngineError(
                "input_too_large", f"{factor:g} times as large it would be {width} × {height}; {_MAX_SIDE} is the most."
            )
        if request.parameters["method"] == "plain":
            pixels = np.array(Image.fromarray(content).resize((width, height), Image.Resampling.LANCZOS))
        else:
            pixels = enlarging.enlarged(content, (width, height))
        progress.advance()
        return Picture(pixels), ()
