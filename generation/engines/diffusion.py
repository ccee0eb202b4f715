"""The engine of diffusers pipelines: pictures from words, over a picture, within a mask, or larger than they were.

Requests of one kind share a padded batch; each has a generator of its own, so that a picture does not depend on its
neighbours. What the folder's safety checker flags fails alone.
"""

import inspect
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image, ImageOps

from generation.engines import devices, folders
from generation.engines.base import EngineError, Made, OnStep, Picture, Pixels, Request, ignore_steps
from generation.engines.decoding import decoded, missing
from generation.engines.diffusion_pipelines import Pipelines, chosen_dtype, seeded
from generation.engines.parameters.diffusion import describe, spec

__all__ = ["DiffusionEngine"]

ENGINE = "diffusers"
ENGINE_VERSION = "1"
SLOT_COUNTS = (4, 2, 1)
# Enlarging pipelines halve their input up to six times.
_ENLARGING_MULTIPLE = 64
# A first guess, until a batch was measured: operations on each weight and latent place, and what a core does a second.
_OPERATIONS, _PER_SECOND = 4.0, 2e10


@dataclass(frozen=True)
class _Asked:
    """A request with its pictures decoded, and the task that follows from them."""

    request: Request
    task: str
    pictures: dict[str, Image.Image]
    key: tuple[Any, ...]


class DiffusionEngine:
    """One loaded folder on one device."""

    def __init__(self, pipelines: Pipelines, *, device: torch.device, dtype: torch.dtype, threads: int) -> None:
        self.pipelines = pipelines
        self.architecture = pipelines.architecture
        self.device, self.dtype, self.threads = device, dtype, threads
        self.spec = spec(self.architecture)
        self._seconds_per_step: dict[tuple[Any, ...], float] = {}

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a folder whose digest is checked first; sets this process's threads.

        Raises EngineError `weights_missing`, `weights_altered`, `weights_unreadable`, `code_refused`, `file_refused`,
        `architecture_unknown` or `dtype_unknown`.
        """
        folders.check(folder, weights_sha256)
        place = torch.device(device)
        dtype = chosen_dtype(place)
        torch.set_num_threads(threads)
        pipelines = Pipelines.load(folder, describe(folder), device=place, dtype=dtype)
        return cls(pipelines, device=place, dtype=dtype, threads=threads)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """Four pictures at once, or fewer; one where prompts are not padded to one length."""
        return SLOT_COUNTS if self.architecture["batches"] else (1,)

    @property
    def memory_bytes(self) -> int:
        """The weights of all parts as they are held."""
        return self.pipelines.memory_bytes

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """From the pace of the last batch like it, else guessed from the weights and the size."""
        slots = self.slot_counts[0]
        batches = -(-len(requests) // slots)
        return batches * max((self._pace(request) * request.parameters["steps"] for request in requests), default=0.0)

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests of weights are equal, equal requests give equal bytes."""
        known = devices.profile(
            engine=ENGINE,
            version=ENGINE_VERSION,
            device=self.device,
            slots=slots or self.slot_counts[0],
            dtype=str(self.dtype).removeprefix("torch."),
        )
        return {**known, "diffusers": diffusers.__version__, "transformers": transformers.__version__}

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pictures in order; `on_step` counts denoising steps. Neighbours of one kind share a batch."""
        slots = slots or self.slot_counts[0]
        torch.set_num_threads(self.threads)
        batches: list[list[_Asked]] = []
        for _, like in groupby(map(self._read, requests), key=lambda asked: asked.key):
            several = list(like)
            batches += [several[start : start + slots] for start in range(0, len(several), slots)]
        total = sum(batch[0].request.parameters["steps"] for batch in batches)
        done = 0
        on_step(0, total)
        for batch in batches:
            yield from self._batch(batch, slots, on_step=lambda step, done=done: on_step(done + step, total))
            done += batch[0].request.parameters["steps"]
            on_step(done, total)

    def _batch(self, batch: list[_Asked], slots: int, *, on_step: Any) -> Iterator[Made]:
        started = time.perf_counter()
        padded = [*batch, *[batch[0]] * (slots - len(batch))]
        parameters = dict(batch[0].request.parameters)
        pipeline = self.pipelines.ready(batch[0].task, parameters)
        arguments = self._arguments(padded, parameters)
        with devices.memory_guarded():
            made = pipeline(**_accepted(pipeline, arguments, on_step, parameters["steps"]))
        seconds = time.perf_counter() - started
        self._seconds_per_step[batch[0].key] = seconds / parameters["steps"]
        flagged = getattr(made, "nsfw_content_detected", None) or [False] * slots
        for asked, pixels, unsafe in zip(batch, made.images, flagged, strict=False):
            if unsafe:
                raise EngineError("unsafe_output", "The model's safety checker flagged this picture. Ask differently.")
            picture = Picture(_cropped(pixels, *self._size(asked)))
            yield Made(picture, asked.request.seed, asked.request.parameters, seconds / len(batch))

    def _arguments(self, padded: list[_Asked], parameters: dict[str, Any]) -> dict[str, Any]:
        """Everything that any pipeline takes; what this one does not know is left out by `_accepted`."""
        width, height = self._made_size(padded[0])
        arguments: dict[str, Any] = {
            "prompt": [asked.request.parameters["prompt"] for asked in padded],
            "num_inference_steps": parameters["steps"],
            "guidance_scale": float(parameters["guidance"]),
            "generator": [seeded(asked.request.seed) for asked in padded],
            "output_type": "np",
            "width": width,
            "height": height,
        }
        if "negative_prompt" in parameters:
            arguments["negative_prompt"] = [asked.request.parameters["negative_prompt"] for asked in padded]
        if "noise_level" in parameters:
            arguments["noise_level"] = parameters["noise_level"]
        if padded[0].pictures:
            arguments["strength"] = float(parameters.get("strength", "1"))
            arguments["image"] = [self._placed(asked.pictures["content"], width, height) for asked in padded]
        if "mask" in padded[0].pictures:
            masks = [self._placed(asked.pictures["mask"], width, height).convert("L") for asked in padded]
            arguments["mask_image"] = masks
        return arguments

    def _read(self, request: Request) -> _Asked:
        """Raises EngineError for words or pictures that cannot be used."""
        self.pipelines.check_prompt(request.parameters["prompt"])
        self.pipelines.check_prompt(request.parameters.get("negative_prompt", ""))
        pictures = {role: Image.fromarray(decoded(data, role)) for role, data in request.inputs.items()}
        if pictures and "content" not in pictures:
            raise missing("content")
        task = self._task(pictures)
        enlarged = pictures["content"].size if task == "upscaling" else ()
        if enlarged and max(enlarged) > (most := self.architecture["size"]):
            raise EngineError("input_too_large", f"What is enlarged may have at most {most} pixels on a side.")
        shape = [request.parameters.get(name) for name in self.spec.shape]
        return _Asked(request, task, pictures, (task, *enlarged, *shape))

    def _task(self, pictures: dict[str, Image.Image]) -> str:
        if "upscaling" in self.architecture["tasks"]:
            if "content" not in pictures:
                raise missing("content")
            return "upscaling"
        return "inpainting" if "mask" in pictures else "image-to-image" if pictures else "text-to-image"

    def _size(self, asked: _Asked) -> tuple[int, int]:
        """Of the picture that is handed over."""
        if asked.task != "upscaling":
            return asked.request.parameters["width"], asked.request.parameters["height"]
        factor = self.architecture["enlarges"]
        width, height = asked.pictures["content"].size
        return width * factor, height * factor

    def _made_size(self, asked: _Asked) -> tuple[int, int]:
        """Of what the pipeline is given or asked for: whole multiples, of which the rest is cut off again."""
        if asked.task == "upscaling":
            width, height = asked.pictures["content"].size
            return _up(width, _ENLARGING_MULTIPLE), _up(height, _ENLARGING_MULTIPLE)
        width, height = self._size(asked)
        return _up(width, self.pipelines.multiple), _up(height, self.pipelines.multiple)

    def _placed(self, picture: Image.Image, width: int, height: int) -> Image.Image:
        """What is enlarged is filled up at its edges; anything else covers the picture that is made."""
        if "upscaling" not in self.architecture["tasks"]:
            return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        pixels = np.asarray(picture)
        gaps = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0))
        return Image.fromarray(np.pad(pixels, gaps, mode="edge"))

    def _pace(self, request: Request) -> float:
        """Seconds for a step of one batch."""
        alike = [
            pace for key, pace in self._seconds_per_step.items() if key[-len(self.spec.shape) :] == self._shape(request)
        ]
        if alike:
            return alike[-1]
        side = self.architecture["size"]
        places = request.parameters.get("width", side) * request.parameters.get("height", side) / 64
        weights = self.memory_bytes / self.dtype.itemsize
        operations = self.slot_counts[0] * weights * places / 1024 * _OPERATIONS
        return float(operations / _PER_SECOND / self.threads)

    def _shape(self, request: Request) -> tuple[Any, ...]:
        return tuple(request.parameters.get(name) for name in self.spec.shape)


def _accepted(pipeline: Any, arguments: dict[str, Any], on_step: Any, steps: int) -> dict[str, Any]:
    """The arguments that this pipeline knows, and its way of telling each step."""
    known = inspect.signature(pipeline.__call__).parameters
    accepted = {name: value for name, value in arguments.items() if name in known}
    if "callback_on_step_end" in known:

        def after(_pipeline: Any, step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
            on_step(min(step + 1, steps))
            return values

        return {**accepted, "callback_on_step_end": after}
    if "callback" in known:
        return {**accepted, "callback": lambda step, _time, _latents: on_step(min(step + 1, steps))}
    return accepted


def _cropped(pixels: Any, width: int, height: int) -> Pixels:
    """The upper left part in 8 bits: filling up was to the right and below."""
    part = np.asarray(pixels)[:height, :width]
    whole: Pixels = np.clip(np.rint(part * 255), 0, 255).astype(np.uint8)
    return whole


def _up(side: int, multiple: int) -> int:
    return -(-side // multiple) * multiple
