"""One work's style onto another picture: by patches of the style, by its colours alone, or by a trained network.

The style is an input work, whose rights carry over, or a swatch that the studio draws from the seed (CC0).
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from generation.engines import decoding, enlarging, oklab, patches, transport, weights
from generation.engines.base import Engine, EngineError, Picture, Pixels, Request, Step, Work
from generation.engines.fast_style import FastStyleEngine
from generation.engines.method import Method, Progress
from generation.training.studio import Recipe, render

__all__ = ["PatchStyle", "StyleTransferEngine"]

_SWATCH_SIDE = 512
_STREAM = 0x7377_6174
# Larger pictures are painted at this side and enlarged: beyond it touches become finer, not better.
_WORKING_SIDE = 1536
_STYLE_SIDE = 2048
_SECONDS_PER_MEGAPIXEL = {"patches": 12.0, "colour": 1.5}


class StyleTransferEngine:
    """Loads what a checkpoint of this engine is: the method by patches and colours, or a network for one style."""

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Engine:
        """Raises EngineError as the two kinds do."""
        kind = weights.document(folder).get("kind")
        loaded = FastStyleEngine if kind == "fast-style" else PatchStyle
        return loaded.load(folder, weights_sha256=weights_sha256, device=device, threads=threads)


class PatchStyle(Method):
    """Style transfer without learnt weights."""

    NAME = "style-transfer"

    def estimate(self, request: Request) -> float:
        """By the pixels that will be painted; the content's size is not known before it is decoded."""
        megapixels = min(int(request.parameters.get("longest", 1024)), _WORKING_SIDE) ** 2 / 1e6
        return 1.0 + megapixels * _SECONDS_PER_MEGAPIXEL[request.parameters["mode"]]

    def stages(self, request: Request) -> int:
        """Colours, the levels of the patches, the finish."""
        return 2 if request.parameters["mode"] == "colour" else 3 + math.ceil(math.log2(_WORKING_SIDE / 48))

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """The content in the style, at the content's size or with its longer side `longest`."""
        parameters = request.parameters
        content = self._content(request)
        style = oklab.from_pixels(decoding.fitted(self._style(request), _STYLE_SIDE))
        size = content.shape[:2]
        painted = decoding.fitted(content, _WORKING_SIDE) if parameters["mode"] == "patches" else content
        own = oklab.from_pixels(painted)
        coloured = transport.recoloured(own, style)
        progress.advance()
        if parameters["mode"] == "patches":
            result = patches.repainted(
                coloured,
                style,
                touch=float(parameters["touch"]),
                structure=float(parameters["structure"]),
                on_level=lambda _done, _of: progress.advance(),
            )
            result = patches.held_back(result, own, coloured, float(parameters["strength"]))
        else:
            result = own + (coloured - own) * np.float32(parameters["strength"])
        pixels = enlarging.enlarged(oklab.to_pixels(result), (size[1], size[0]))
        progress.advance()
        return Picture(pixels), ()

    def _content(self, request: Request) -> Pixels:
        if "content" not in request.inputs:
            raise decoding.missing("content")
        longest = int(request.parameters.get("longest", 4096))
        return decoding.fitted(decoding.decoded(request.inputs["content"], "content"), longest)

    def _style(self, request: Request) -> Pixels:
        """The style's work, or a swatch: of the family that was asked for, or that the seed chooses."""
        swatch = request.parameters.get("swatch")
        if "style" in request.inputs:
            if swatch is not None:
                raise EngineError("style_ambiguous", "Give a style work or name a swatch, not both.")
            return decoding.decoded(request.inputs["style"], "style")
        return drawn_swatch(self.document, request.seed, swatch)


def drawn_swatch(document: Mapping[str, Any], seed: int, family: str | None) -> Pixels:
    """A swatch of the studio that the document names; the same for the same seed, wherever it is drawn."""
    random = np.random.default_rng([_STREAM, seed])
    chosen = str(random.choice(document["swatches"]))
    number = int(random.integers(2**62))
    try:
        recipe = Recipe(family or chosen, number, 0, _SWATCH_SIDE, str(document["studio"]))
    except ValueError as error:
        raise EngineError("architecture_unknown", f"The method names no swatch that can be drawn: {error}") from error
    return render(recipe)
