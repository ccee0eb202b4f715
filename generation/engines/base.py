"""What every way of making has in common: a request, an output, and the promises of an engine.

Engines know nothing of jobs, users or databases. They run in a worker or a command, never in the web process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_SEED", "MAX_SIDE", "MIN_SIDE", "Capabilities", "Engine", "EngineError", "Output", "Pixels", "Request"]

Pixels = NDArray[np.uint8]

MAX_SEED = 2**63 - 1
MIN_SIDE, MAX_SIDE = 256, 4096


class EngineError(Exception):
    """A request or a checkpoint that an engine refuses. `code` is stable; `detail` says what would be right."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Request:
    """One picture to make. Fractions are decimals from 0 to 1, so that they are recorded as they were asked for.

    `family` None means the checkpoint's first. `truncation` 1 leaves the latent as it fell, 0 gives the family's mean.
    `temperature` (0.1 to 2) hardens edges where it is low. `grain` is the strength of the paper.
    """

    seed: int
    width: int = 1024
    height: int = 1024
    family: str | None = None
    truncation: Decimal = Decimal("0.8")
    temperature: Decimal = Decimal("0.6")
    grain: Decimal = Decimal("0.3")

    def __post_init__(self) -> None:
        if not _whole(self.seed, 0, MAX_SEED):
            raise EngineError("seed_out_of_range", "A seed is a whole number from 0 to 2^63 - 1.")
        if not (_whole(self.width, MIN_SIDE, MAX_SIDE) and _whole(self.height, MIN_SIDE, MAX_SIDE)):
            raise EngineError("size_out_of_range", f"Width and height are from {MIN_SIDE} to {MAX_SIDE} pixels.")
        for name, low, high in (("truncation", "0", "1"), ("temperature", "0.1", "2"), ("grain", "0", "1")):
            value = getattr(self, name)
            if not (isinstance(value, Decimal) and value.is_finite() and Decimal(low) <= value <= Decimal(high)):
                raise EngineError(f"{name}_out_of_range", f"{name} is a decimal from {low} to {high}.")

    @classmethod
    def parse(cls, *, seed: int, parameters: dict[str, Any]) -> "Request":
        """A request from JSON values, decimals being strings. Raises EngineError for unknown or impossible ones."""
        values = dict(parameters)
        for name in ("truncation", "temperature", "grain"):
            if name in values:
                values[name] = _decimal(name, values[name])
        try:
            return cls(seed=seed, **values)
        except TypeError as error:
            raise EngineError("parameter_unknown", f"The engine does not know a parameter: {error}.") from error

    def parameters(self, family: str) -> dict[str, str | int]:
        """Everything that influenced the output beside seed and weights, as JSON values without floats."""
        return {
            "family": family,
            "grain": str(self.grain),
            "height": self.height,
            "temperature": str(self.temperature),
            "truncation": str(self.truncation),
            "width": self.width,
        }


@dataclass(frozen=True)
class Output:
    """One made picture: uint8 sRGB (height, width, 3), the parameters as used, the seconds that it took."""

    pixels: Pixels
    seed: int
    parameters: dict[str, str | int]
    seconds: float


@dataclass(frozen=True)
class Capabilities:
    """What an engine with its checkpoint can make, and how many pictures share one forward pass."""

    kind: str
    families: tuple[str, ...]
    min_side: int
    max_side: int
    slots: int


class Engine(Protocol):
    """A way of making pictures: deterministic from seed and parameters, whatever else is in the batch."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of it."""

    def estimate_seconds(self, requests: Sequence[Request]) -> float:
        """About how long these will take together."""

    def generate(self, requests: Sequence[Request]) -> list[Output]:
        """Make the pictures, in the order of the requests. Raises EngineError."""

    def profile(self) -> dict[str, Any]:
        """`device`, `dtype`, `threads`, `batch_slots`, library versions and more: where equal, equal bytes come out."""


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _decimal(name: str, value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise EngineError(f"{name}_out_of_range", f"{name} is a decimal number.") from None
