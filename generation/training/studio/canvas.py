"""What every family draws with: coordinates, soft masks, painting over, random fields and warps.

Everything is float64, so that the rounded 8-bit pixels come out alike on every processor.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from generation.training.studio.colour import Array, palette

__all__ = ["Canvas", "field_noise", "inside", "line_noise", "paint", "warp"]


@dataclass(frozen=True)
class Canvas:
    """One picture's surroundings: its random stream, its side in pixels, its palette from dark to light."""

    rng: np.random.Generator
    size: int
    choose: Callable[[np.random.Generator], Array] = palette
    x: Array = field(init=False)
    y: Array = field(init=False)
    colours: Array = field(init=False)

    def __post_init__(self) -> None:
        down, across = np.mgrid[0 : self.size, 0 : self.size] / (self.size - 1.0)
        object.__setattr__(self, "x", across)
        object.__setattr__(self, "y", down)
        object.__setattr__(self, "colours", self.choose(self.rng))

    @property
    def pixel(self) -> float:
        """The width of a soft edge, as a part of the side."""
        return 2.0 / self.size

    def flat(self, colour: Array) -> Array:
        """A picture of one colour, shape (size, size, 3)."""
        return np.ones((self.size, self.size, 3)) * colour

    def pick(self, low: int = 0, high: int | None = None) -> Array:
        """A random colour of the palette between two places."""
        colour: Array = self.colours[self.rng.integers(low, len(self.colours) if high is None else high)]
        return colour


def inside(distance: Array, width: float) -> Array:
    """A mask: 1 where `distance` is well above zero, 0 well below, a ramp of `width` between."""
    return np.clip(distance / width + 0.5, 0.0, 1.0)


def paint(picture: Array, colour: Array, mask: Array) -> Array:
    """The picture with a colour (or a picture) laid over it where the mask (size, size) says so."""
    cover = mask[..., None]
    return picture * (1 - cover) + colour * cover


def field_noise(rng: np.random.Generator, size: int, roughness: float = 3.0) -> Array:
    """A random field of unit deviation whose spectrum falls with frequency to the power -roughness."""
    double = 2 * size
    down = np.fft.fftfreq(double) * double
    across = np.fft.rfftfreq(double) * double
    frequency = np.sqrt(down[:, None] ** 2 + across[None] ** 2)
    amplitude = np.where(frequency > 0.9, np.maximum(frequency, 0.9) ** (-roughness / 2), 0.0)
    spectrum = (rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)) * amplitude
    return _standard(np.fft.irfft2(spectrum, s=(double, double))[:size, :size])


def line_noise(rng: np.random.Generator, size: int, roughness: float = 3.0) -> Array:
    """The same along one line: shape (size,)."""
    frequency = np.fft.rfftfreq(2 * size) * 2 * size
    amplitude = np.where(frequency > 0.9, np.maximum(frequency, 0.9) ** (-roughness / 2), 0.0)
    return _standard(np.fft.irfft((rng.normal(size=size + 1) + 1j * rng.normal(size=size + 1)) * amplitude)[:size])


def _standard(values: Array) -> Array:
    standard: Array = (values - values.mean()) / (values.std() + 1e-9)
    return standard


def warp(values: Array, across: Array, down: Array) -> Array:
    """The field read at places moved by so many pixels, bilinear, held at the border."""
    size = values.shape[0]
    rows, columns = np.mgrid[0:size, 0:size]
    x = np.clip(columns + across, 0, size - 1.001)
    y = np.clip(rows + down, 0, size - 1.001)
    left, top = x.astype(np.int64), y.astype(np.int64)
    a, b = x - left, y - top
    upper = values[top, left] * (1 - a) + values[top, left + 1] * a
    lower = values[top + 1, left] * (1 - a) + values[top + 1, left + 1] * a
    moved: Array = upper * (1 - b) + lower * b
    return moved
