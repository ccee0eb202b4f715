"""What every way of making has in common: a request, what is made of it, and the promises of an engine.

Engines know nothing of jobs, users or databases. They run in a worker or a command, never in the web process; what can
be asked of them stands in `generation.engines.parameters`, which every process may read.

    EngineError        a request or a checkpoint that is refused; its code is stable
        OutOfMemory    the batch was too large for the device; a smaller declared number of slots may do
        Stopped        nobody waits for the batch any more
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Companion",
    "Engine",
    "EngineError",
    "FileWork",
    "Made",
    "OnStep",
    "OutOfMemory",
    "Picture",
    "Pixels",
    "Request",
    "Step",
    "Stopped",
    "Text",
    "Work",
    "ignore_steps",
]

Pixels = NDArray[np.uint8]
OnStep = Callable[[int, int], None]


class EngineError(Exception):
    """A request or a checkpoint that an engine refuses. `code` is stable; `detail` says what would be right."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class OutOfMemory(EngineError):
    """The device's memory did not hold the batch; the same requests may fit into fewer slots."""

    def __init__(self, detail: str = "The device's memory did not hold the batch.") -> None:
        super().__init__("out_of_memory", detail)


class Stopped(EngineError):
    """Raised by `on_step` when nobody waits for the batch any more; an engine lets it pass."""

    def __init__(self) -> None:
        super().__init__("stopped", "Nobody waits for this any more.")


@dataclass(frozen=True)
class Request:
    """One piece to make: a seed, parameters as `Spec.read` returned them, and input works by role, as their bytes."""

    seed: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, bytes] = field(default_factory=dict)


class Work(Protocol):
    """What was made: `encode` gives the master file, the same bytes every time; `still` is its picture."""

    @property
    def kind(self) -> str:
        """`picture`, `text`, `sculpture` or `motion`."""

    @property
    def media_type(self) -> str:
        """Of the master file."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels of what is seen; None for texts."""

    @property
    def still(self) -> Pixels | None:
        """A picture of the work where the master is none."""

    @property
    def companions(self) -> "Mapping[str, Companion]":
        """Further files that belong to the work, by name, such as `stl` beside a GLB."""

    def encode(self) -> bytes:
        """The master file."""


@dataclass(frozen=True)
class Companion:
    """A further file of a work."""

    media_type: str
    suffix: str
    data: bytes


@dataclass(frozen=True)
class Picture:
    """uint8 sRGB (height, width, 3); the master is a PNG."""

    pixels: Pixels
    companions: Mapping[str, Companion] = field(default_factory=dict)
    kind: str = "picture"
    media_type: str = "image/png"
    still: None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    def encode(self) -> bytes:
        """A lossless PNG, in a third of the time that adaptive filters take, and not larger on pictures with grain."""
        import cv2  # only where works are made: it would cost every web process its memory

        told = [
            cv2.IMWRITE_PNG_FILTER,
            cv2.IMWRITE_PNG_FILTER_UP,
            cv2.IMWRITE_PNG_STRATEGY,
            cv2.IMWRITE_PNG_STRATEGY_RLE,
        ]
        _, encoded = cv2.imencode(".png", cv2.cvtColor(self.pixels, cv2.COLOR_RGB2BGR), told)
        return encoded.tobytes()


@dataclass(frozen=True)
class Text:
    """Words in NFC with line feeds; the master is UTF-8 with a final line feed."""

    text: str
    language: str
    companions: Mapping[str, Companion] = field(default_factory=dict)
    kind: str = "text"
    media_type: str = "text/plain"
    size: None = None
    still: None = None

    def encode(self) -> bytes:
        return self.text.rstrip("\n").encode() + b"\n"


@dataclass(frozen=True)
class FileWork:
    """A work that the engine itself wrote as a file: a mesh, a film."""

    kind: str
    media_type: str
    data: bytes
    still: Pixels
    size: tuple[int, int]
    companions: Mapping[str, Companion] = field(default_factory=dict)

    def encode(self) -> bytes:
        return self.data


@dataclass(frozen=True)
class Step:
    """One step of a chain: which weights, which seed and parameters, what went in and what came out, by SHA-256."""

    engine: str
    engine_version: str
    checkpoint: str
    weights_sha256: str
    seed: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    output_sha256: str

    def document(self) -> dict[str, Any]:
        """The step as JSON values; the seed is text, since JSON numbers lose large integers."""
        return {
            "engine": {"name": self.engine, "version": self.engine_version},
            "checkpoint": {"slug": self.checkpoint, "weights_sha256": self.weights_sha256},
            "seed": str(self.seed),
            "parameters": dict(self.parameters),
            "inputs": dict(self.inputs),
            "output_sha256": self.output_sha256,
        }


@dataclass(frozen=True)
class Made:
    """One made piece: the work, the parameters as they were used, the seconds of the device that it took."""

    work: Work
    seed: int
    parameters: Mapping[str, Any]
    seconds: float
    steps: tuple[Step, ...] = ()


def ignore_steps(_done: int, _of: int) -> None:
    """The `on_step` of whoever does not watch."""


class Engine(Protocol):
    """A way of making: deterministic from seed, parameters, inputs and profile, whatever else is in the batch."""

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load a checkpoint's folder, whose digest is checked before anything of it is believed. Raises EngineError."""

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """The batch shapes it can run in, the largest first; each gives its own bytes, so records name the one used."""

    @property
    def memory_bytes(self) -> int:
        """About how much memory the loaded weights take."""

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take together."""

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pieces, in the order of the requests, each handed over as soon as it is ready.

        `slots` is one of `slot_counts`, by default the largest. `on_step(done, of)` is called between steps and may
        raise Stopped. Raises EngineError.
        """

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """`device`, `dtype`, `threads`, `batch_slots`, library versions and more: where equal, equal bytes come out."""
