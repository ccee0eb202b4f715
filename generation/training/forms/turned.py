"""Forms that seem made: columns, vessels, endless ribbons and knots."""

import numpy as np
from numpy.typing import NDArray

from generation.training.forms.solids import Array, Field, cut, join, lean

__all__ = ["column", "knot", "ribbon", "vessel"]


def column(random: np.random.Generator) -> Field:
    """A column of beads, more square or more round, twisted as it rises."""
    beads, shift = random.uniform(2.4, 4.2), random.uniform(0, 1)
    swell, sharp = random.uniform(0.12, 0.34), random.uniform(2.0, 5.0)
    width, taper = random.uniform(0.3, 0.42), random.uniform(-0.22, 0.12)
    turns, depth = random.uniform(-1.5, 1.5), random.uniform(0.75, 1.0)

    def field(points: Array) -> Array:
        x, y, z = points.T
        angle = turns * y
        x, z = np.cos(angle) * x - np.sin(angle) * z, np.sin(angle) * x + np.cos(angle) * z
        section = (np.abs(x) ** sharp + np.abs(z / depth) ** sharp + 1e-9) ** (1 / sharp)
        wave = np.arcsin(0.96 * np.sin(2 * np.pi * (beads * y / 1.7 + shift))) / (np.pi / 2)
        side = section - width * (1 + swell * wave + taper * y)
        return -join(-side, -(np.abs(y) - 0.85), 0.06)

    return field


def vessel(random: np.random.Generator) -> Field:
    """A fluted vessel, open at the top, its wall of one thickness."""
    foot, belly, neck, lip = (random.uniform(*bounds) for bounds in ((0.26, 0.4), (0.42, 0.64), (0.2, 0.4), (0.3, 0.5)))
    flutes, deep = float(random.choice([5, 7])), random.uniform(0.0, 0.055)
    turns, wall = random.uniform(-1.6, 1.6), random.uniform(0.07, 0.1)
    places = np.array([-0.86, -0.25, 0.42, 0.82])
    profile = np.polynomial.Polynomial.fit(places, np.array([foot, belly, neck, lip]), 3)

    def field(points: Array) -> Array:
        x, y, z = points.T
        angle = np.arctan2(z, x) + turns * y
        radius = np.clip(profile(np.clip(y, -0.95, 0.95)), 0.14, 0.7) + deep * np.cos(flutes * angle)
        across = np.hypot(x, z)
        outer = -join(-(across - radius), -(np.abs(y) - 0.84), 0.05)
        hollow = -join(-(across - radius + wall), -(-0.7 - y), 0.08)
        return cut(outer, hollow, 0.03)

    return field


def ribbon(random: np.random.Generator) -> Field:
    """An endless band about a standing ring, with three half turns in it."""
    radius, wide, thick = random.uniform(0.5, 0.58), random.uniform(0.22, 0.32), random.uniform(0.065, 0.1)
    squash, phase = random.uniform(0.85, 1.15), random.uniform(-0.6, 0.6)
    wave, ahead = random.uniform(-0.12, 0.12), random.uniform(0, 2 * np.pi)
    about_x, about_z = random.uniform(-0.35, 0.35), random.uniform(-0.4, 0.4)

    def field(points: Array) -> Array:
        x, y, z = lean(points, about_x, about_z).T
        x = x * squash
        angle = np.arctan2(x, -y)
        out, aside = np.hypot(x, y) - radius, z - wave * np.sin(2 * angle + ahead)
        turn = 1.5 * angle + phase
        u, v = np.cos(turn) * out + np.sin(turn) * aside, np.cos(turn) * aside - np.sin(turn) * out
        beyond_u, beyond_v = np.abs(u) - wide, np.abs(v) - thick
        rounding = 0.05
        corner = np.hypot(np.maximum(beyond_u + rounding, 0), np.maximum(beyond_v + rounding, 0))
        gap: Array = np.minimum(np.maximum(beyond_u, beyond_v) + rounding, 0) + corner - rounding
        return gap

    return field


def knot(random: np.random.Generator) -> Field:
    """A trefoil of a rod that swells and thins three times on its way."""
    around = np.linspace(0, 2 * np.pi, 97)
    ring, reach, depth = random.uniform(0.44, 0.5), random.uniform(0.2, 0.27), random.uniform(0.24, 0.36)
    turned, thick, swell = random.uniform(-0.5, 0.5), random.uniform(0.1, 0.135), random.uniform(-0.3, 0.3)
    squash = random.uniform(0.9, 1.1)
    about_x, about_z = random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3)
    away = ring + reach * np.cos(3 * around)
    curve = np.stack(
        [away * np.cos(2 * around + turned), away * np.sin(2 * around + turned) * squash, depth * np.sin(3 * around)], 1
    )
    radii = thick * (1 + swell * np.cos(3 * around))

    def field(points: Array) -> Array:
        points = lean(points, about_x, about_z)
        # The nearest joint by one product of matrices, then the distance to the two rods that meet there.
        joints = curve[:-1]
        nearest = ((joints * joints).sum(1) - 2 * points @ joints.T).argmin(1)
        before = _rod(points, curve, radii, np.where(nearest == 0, len(joints) - 1, nearest - 1))
        return np.minimum(before, _rod(points, curve, radii, nearest))

    return field


def _rod(points: Array, curve: Array, radii: Array, which: NDArray[np.intp]) -> Array:
    """The distance of each point to one rod of a curve, from joint `which` to the next."""
    start, along = curve[which], curve[which + 1] - curve[which]
    offset = points - start
    place = np.clip((offset * along).sum(1) / (along * along).sum(1), 0, 1)
    gap = offset - place[:, None] * along
    result: Array = np.sqrt((gap * gap).sum(1)) - (radii[which] + (radii[which + 1] - radii[which]) * place)
    return result
