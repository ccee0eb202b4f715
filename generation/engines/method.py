"""What engines without learnt weights share: the method is a small JSON document whose digest stands for the weights.

A method makes one piece at a time from seed, parameters and inputs, so that neighbours cannot matter.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from generation.engines import devices, weights
from generation.engines.base import Made, OnStep, Request, Step, Work, ignore_steps

__all__ = ["METHOD", "Method", "Progress"]

METHOD = "method.json"


class Progress:
    """Counts the stages of a batch and tells whoever watches; `advance` may raise Stopped."""

    def __init__(self, on_step: OnStep, of: int) -> None:
        self._on_step, self._done, self._of = on_step, 0, of
        on_step(0, of)

    def advance(self) -> None:
        """One stage more is done."""
        self._done = min(self._done + 1, self._of)
        self._on_step(self._done, self._of)


class Method(ABC):
    """One loaded method. `NAME` is the engine's and, in the document, the `kind`; `VERSION` changes with the bytes."""

    NAME: ClassVar[str]
    VERSION: ClassVar[str] = "1"
    SLOT_COUNTS: ClassVar[tuple[int, ...]] = (1,)

    def __init__(self, document: Mapping[str, Any], folder: Path, *, weights_sha256: str, device: str = "cpu") -> None:
        self.document = document
        self.folder = folder
        self.weights_sha256 = weights_sha256
        self.device = torch.device(device)

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load `method.json`; sets this process's threads. Raises EngineError as `weights.read` and `document` do."""
        content = weights.read(folder, weights_sha256, name=METHOD)
        try:
            document = json.loads(content)
        except ValueError as error:
            raise weights.unknown(folder, str(error)) from error
        if not isinstance(document, dict) or document.get("kind") != cls.NAME or document.get("version") != 1:
            raise weights.unknown(folder, f"{METHOD} states no {cls.NAME} of version 1")
        torch.set_num_threads(threads)
        return cls(document, folder, weights_sha256=weights_sha256, device=device)

    @property
    def slot_counts(self) -> tuple[int, ...]:
        """One piece at a time."""
        return self.SLOT_COUNTS

    @property
    def memory_bytes(self) -> int:
        """Nothing is kept between pieces."""
        return 0

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take together on one thread of a laptop."""
        return sum(map(self.estimate, requests))

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """Where two profiles and two digests are equal, equal requests give equal bytes."""
        return devices.profile(
            engine=self.NAME, version=self.VERSION, device=self.device, slots=slots or self.SLOT_COUNTS[0]
        )

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        """Make the pieces one after another; `slots` changes nothing."""
        progress = Progress(on_step, sum(map(self.stages, requests)))
        for request in requests:
            started = time.perf_counter()
            with devices.memory_guarded(), torch.inference_mode():
                work, steps = self.make(request, progress)
            yield Made(work, request.seed, request.parameters, time.perf_counter() - started, steps)

    def stages(self, request: Request) -> int:
        """How many stages `make` reports for a request, at most."""
        return 1

    @abstractmethod
    def estimate(self, request: Request) -> float:
        """About how many seconds one request takes."""

    @abstractmethod
    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """Make one piece, and say by which steps where there were several."""
