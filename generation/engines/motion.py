"""Films of a picture generator: walks from seed to seed, or along a parameter, that end where they begin.

With a line of copy and a picture it is a short advertising film. The generator is another checkpoint, named by the
document with its digest, in a sibling folder.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import PIL
from PIL import Image

from generation.engines import brand, composition, decoding, film, lettering, oklab, weights
from generation.engines.base import EngineError, FileWork, Pixels, Request, Step, Work
from generation.engines.gan import PaletteFieldEngine
from generation.engines.layouts import Box
from generation.engines.lettering import Copy
from generation.engines.method import Method, Progress
from generation.engines.parameters import MAX_SEED, Spec, spec_of

__all__ = ["MotionEngine"]

_STREAM = 0x6D6F_7469
_SECONDS_PER_FRAME, _SECONDS_PER_MEGAPIXEL = 0.03, 0.35
# The picture of an opening and closing card stands so long, of which the fade takes the last part.
_CARD_SECONDS, _FADE_SECONDS = 1.2, 0.6
_CHUNK = 8


class MotionEngine(Method):
    """One film for each request."""

    NAME = "motion"
    generator: PaletteFieldEngine
    _generators_spec: Spec

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load the document and its generator. Raises EngineError, also `component_altered`."""
        motion = super().load(folder, weights_sha256=weights_sha256, device=device, threads=threads)
        source: Any = motion.document.get("source")
        if not isinstance(source, dict) or source.get("engine") != "palette-field":
            raise weights.unknown(folder, "source must name a palette field")
        place = folder.parent / Path(str(source.get("checkpoint"))).name
        if weights.document(place) != source.get("architecture"):
            raise EngineError("component_altered", f"{place.name} is not the generator that this was made for.")
        motion.generator = PaletteFieldEngine.load(
            place, weights_sha256=str(source.get("weights_sha256")), device=device, threads=threads
        )
        motion._generators_spec = spec_of("palette-field", source["architecture"])
        return motion

    @property
    def memory_bytes(self) -> int:
        """The generator's weights."""
        return self.generator.memory_bytes

    def estimate(self, request: Request) -> float:
        """By frames and pixels."""
        megapixels = request.parameters["width"] * request.parameters["height"] / 1e6
        return float(_frames(request.parameters) * (_SECONDS_PER_FRAME + megapixels * _SECONDS_PER_MEGAPIXEL))

    def stages(self, request: Request) -> int:
        """One for every few frames."""
        return math.ceil(_frames(request.parameters) / _CHUNK)

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """The generator's slots and the libraries that write the file count too."""
        profile = super().profile(slots=slots)
        profile.update(film.libraries(), generator_slots=self.generator.slot_counts[0], pillow=PIL.__version__)
        return profile

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """Raises EngineError `input_…`, `glyph_missing` or `text_too_long` before the first frame is made."""
        asked = request.parameters
        even = 2 if asked["format"] == "mp4" else 1
        width, height = asked["width"] // even * even, asked["height"] // even * even
        card = _card(request, width, height)
        caption = _Caption(asked["copy"], width, height) if asked["copy"] else None
        frames = self._watched(self._finished(request, (width, height), card, caption), progress)
        first = next(frames)
        data = film.WRITERS[asked["format"]](_chained(first, frames), asked["frames_per_second"])
        return FileWork("motion", film.MEDIA_TYPES[asked["format"]], data, first, (width, height)), ()

    def _watched(self, frames: Iterator[Pixels], progress: Progress) -> Iterator[Pixels]:
        for place, pixels in enumerate(frames, start=1):
            yield pixels
            if place % _CHUNK == 0:
                progress.advance()

    def _finished(
        self, request: Request, size: tuple[int, int], card: Pixels | None, caption: "_Caption | None"
    ) -> Iterator[Pixels]:
        count, pace = _frames(request.parameters), request.parameters["frames_per_second"]
        for place, pixels in enumerate(self._walk(request, count, size)):
            share = _card_share(place, count, pace) if card is not None else 0.0
            if card is not None and share > 0:
                pixels = _mixed(pixels, card, share)
            yield caption.over(pixels) if caption else pixels

    def _walk(self, request: Request, count: int, size: tuple[int, int]) -> Iterator[Pixels]:
        """The generator's own pictures; their grain stands still, as the paper of a film does."""
        asked = request.parameters
        own = {name: asked[name] for name in ("family", "truncation", "temperature")}
        own |= {"width": size[0], "height": size[1], "grain": "0"}
        base = replace(request, parameters=self._generators_spec.read(own), inputs={})
        if asked["path"] == "seeds":
            seeds = _stops(request.seed, asked["stops"] - 1)
            positions = [_eased(place * asked["stops"] / count) for place in range(count)]
            yield from self.generator.frames(base, seeds=seeds, positions=positions)
            return
        swings = [0.5 - 0.5 * math.cos(2 * math.pi * place / count) for place in range(count)]
        requests = [_breathed(base, asked["path"], swing) for swing in swings]
        for made in self.generator.generate(requests):
            yield _pixels_of(made.work)


class _Caption:
    """A line of copy on a band of quiet paper at the foot, the same in every frame."""

    def __init__(self, copy: str, width: int, height: int) -> None:
        words = Copy(headline=copy)
        words.check()
        margin = round(min(width, height) * 0.07)
        band = Box(0, height - round(height * 0.2), width, round(height * 0.2))
        self.block = lettering.set_copy(words, band.inset(margin, round(band.height * 0.14)), centred=True)
        self.band, self.scheme = band, brand.Scheme("#14130F", "#F7F4EC", "#F7F4EC", "#14130F")
        strip = Image.new("RGB", (width, height), self.scheme.paper)
        lettering.draw(strip, self.block, self.scheme)
        self.strip = np.array(strip)[band.top :]

    def over(self, pixels: Pixels) -> Pixels:
        """The frame with the band over its foot."""
        result = pixels.copy()
        result[self.band.top :] = self.strip
        return result


def _frames(parameters: Mapping[str, Any]) -> int:
    return int(parameters["seconds"] * parameters["frames_per_second"])


def _chained(first: Pixels, others: Iterator[Pixels]) -> Iterator[Pixels]:
    yield first
    yield from others


def _stops(seed: int, count: int) -> Sequence[int]:
    random = np.random.default_rng([_STREAM, seed])
    return [int(other) for other in random.integers(0, MAX_SEED, count, endpoint=True)]


def _eased(position: float) -> float:
    """Slower near each stop, where the picture is one that was drawn, not one between."""
    whole, part = divmod(position, 1)
    return whole + 0.5 * part + 0.5 * part * part * (3 - 2 * part)


def _breathed(base: Request, name: str, swing: float) -> Request:
    """The base with one parameter led away from its value and back: wider first, for the still is the quiet end."""
    start = float(base.parameters[name])
    end = {"temperature": 2.0 if start < 1 else 0.2, "truncation": 1.0 if start < 0.55 else 0.1}[name]
    value = start + (end - start) * swing
    return replace(base, parameters={**base.parameters, name: f"{value:.6f}"})


def _card(request: Request, width: int, height: int) -> Pixels | None:
    if "picture" not in request.inputs:
        return None
    return composition.cropped(decoding.decoded(request.inputs["picture"], "picture"), width, height)


def _card_share(place: int, count: int, pace: int) -> float:
    """How much of the card is seen: wholly at both ends of the film, fading towards its middle."""
    away = min(place, count - 1 - place) / pace
    length = min(_CARD_SECONDS, count / pace / 3)
    fade = min(_FADE_SECONDS, length / 2)
    share = min(1.0, max(0.0, (length - away) / fade))
    return share * share * (3 - 2 * share)


def _mixed(frame: Pixels, card: Pixels, share: float) -> Pixels:
    if share >= 1:
        return card
    one, other = oklab.from_pixels(frame), oklab.from_pixels(card)
    return oklab.to_pixels(one + (other - one) * np.float32(share))


def _pixels_of(work: Work) -> Pixels:
    pixels: Pixels = work.pixels  # type: ignore[attr-defined]  # a palette field makes pictures
    return pixels
