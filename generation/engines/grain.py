"""The last step of a picture: it is laid on paper or canvas, whose grain the seed decides, at its final size."""

from generation.engines import decoding, surfaces
from generation.engines.base import EngineError, Picture, Request, Step, Work
from generation.engines.method import Method, Progress

__all__ = ["GrainEngine"]

_MAX_SIDE = 4096


class GrainEngine(Method):
    """One step, from an input picture."""

    NAME = "grain"

    def estimate(self, request: Request) -> float:
        """As for a picture of one megapixel; its size is not known before it is decoded."""
        return 0.6

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """The content on its surface. Raises EngineError `input_too_large` where a side passes 4096."""
        if "content" not in request.inputs:
            raise decoding.missing("content")
        content = decoding.decoded(request.inputs["content"], "content")
        if max(content.shape[:2]) > _MAX_SIDE:
            raise EngineError("input_too_large", f"The content may have {_MAX_SIDE} pixels a side at most.")
        parameters = request.parameters
        pixels = surfaces.laid_on(
            content,
            surface=parameters["surface"],
            strength=float(parameters["strength"]),
            scale=float(parameters["scale"]),
            seed=request.seed,
        )
        progress.advance()
        return Picture(pixels), ()
