"""The solids that forms are put together from, and how they are joined, cut and turned.

Points are (count, 3) float64 with y upwards; values are about distances, negative inside.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Field", "capsule", "cut", "distance", "ellipsoid", "gradient", "join", "lean", "twist"]

Array = NDArray[np.float64]
Field = Callable[[Array], Array]

_STEP = 1e-3


def join(first: Array, second: Array, softness: float) -> Array:
    """The union of two solids with a fillet of about `softness`."""
    share = np.clip(0.5 + 0.5 * (second - first) / softness, 0, 1)
    return second + (first - second) * share - softness * share * (1 - share)


def cut(solid: Array, tool: Array, softness: float) -> Array:
    """A solid without what lies inside the tool, the edge rounded by about `softness`."""
    return -join(-solid, tool, softness)


def twist(points: Array, turns: float) -> Array:
    """Space turned about the vertical axis by `turns` radians per unit of height."""
    angle = turns * points[:, 1]
    cosine, sine = np.cos(angle), np.sin(angle)
    x, z = points[:, 0], points[:, 2]
    return np.stack([cosine * x - sine * z, points[:, 1], sine * x + cosine * z], 1)


def lean(points: Array, about_x: float, about_z: float) -> Array:
    """Space turned about two level axes through the origin, by angles in radians."""
    cosine, sine = np.cos(about_x), np.sin(about_x)
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    y, z = cosine * y - sine * z, sine * y + cosine * z
    cosine, sine = np.cos(about_z), np.sin(about_z)
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], 1)


def capsule(points: Array, start: Array, end: Array, thick: float, thin: float) -> Array:
    """A rod with round ends, `thick` (a radius) at its start and `thin` at its end."""
    along = end - start
    place = np.clip((points - start) @ along / (along @ along), 0, 1)
    away = points - start - place[:, None] * along
    gap: Array = np.sqrt((away * away).sum(1)) - (thick + (thin - thick) * place)
    return gap


def ellipsoid(points: Array, centre: Array, radii: Array) -> Array:
    """An ellipsoid; the value is close to the distance near its surface."""
    scaled = (points - centre) / radii
    length = np.sqrt((scaled * scaled).sum(1)) + 1e-9
    steep = np.sqrt(((scaled / radii) ** 2).sum(1)) + 1e-9
    gap: Array = length * (length - 1) / steep
    return gap


def gradient(field: Field, points: Array) -> Array:
    """The slope of a field at points, (count, 3), by differences along the corners of a tetrahedron."""
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float64)
    slope = sum((corner * field(points + _STEP * corner)[:, None] for corner in corners), np.zeros_like(points))
    result: Array = slope / (4 * _STEP)
    return result


def distance(field: Field, points: Array) -> tuple[Array, Array]:
    """The distance to a field's surface, to first order, and the direction away from it."""
    slope = gradient(field, points)
    steep = np.sqrt((slope * slope).sum(1)) + 1e-6
    return field(points) / np.maximum(steep, 0.2), slope / steep[:, None]
