"""Forms that seem grown: torsos, pierced ovoids, stacked stones, eggs laced with a gyroid."""

import numpy as np

from generation.training.forms.solids import Array, Field, capsule, cut, ellipsoid, join, lean, twist

__all__ = ["cairn", "gyroid", "pierced", "torso"]


def torso(random: np.random.Generator) -> Field:
    """A leaning column of limbs grown together, with one arm that leaves it and comes back."""
    heights = np.linspace(-0.68, 0.62, 5)
    sway = random.uniform(-0.2, 0.2, (5, 2)) * np.array([[0.4], [1], [1], [1], [1]])
    joints = np.stack([sway[:, 0], heights, sway[:, 1] * 0.6], 1)
    radii = random.uniform(0.19, 0.3, 5) * np.array([1.1, 1.0, 0.85, 1.1, 0.85])
    side = random.choice([-1.0, 1.0])
    elbow = np.array([side * random.uniform(0.4, 0.54), random.uniform(-0.1, 0.25), random.uniform(-0.12, 0.12)])
    slim = random.uniform(0.1, 0.145)
    turns, softness = random.uniform(-0.9, 0.9), random.uniform(0.13, 0.22)

    def field(points: Array) -> Array:
        points = twist(points, turns)
        body = capsule(points, joints[0], joints[1], radii[0], radii[1])
        for low in range(1, 4):
            body = join(body, capsule(points, joints[low], joints[low + 1], radii[low], radii[low + 1]), softness)
        arm = capsule(points, joints[1], elbow, slim * 1.2, slim)
        arm = join(arm, capsule(points, elbow, joints[3], slim, slim * 1.2), 0.16)
        return join(body, arm, softness)

    return field


def pierced(random: np.random.Generator) -> Field:
    """An upright ovoid with two tunnels through it, of which the upper is the larger."""
    radii = np.array([random.uniform(0.5, 0.64), random.uniform(0.78, 0.9), random.uniform(0.34, 0.44)])
    lift = random.uniform(-0.12, 0.12)
    large, small = random.uniform(0.17, 0.25), random.uniform(0.1, 0.16)
    upper = np.array([random.uniform(-0.1, 0.1), random.uniform(0.16, 0.32), 0.0])
    lower = np.array([random.uniform(-0.16, 0.16), random.uniform(-0.46, -0.28), 0.0])
    tilt = random.uniform(-0.45, 0.45, 4)
    turns, softness = random.uniform(-0.8, 0.8), random.uniform(0.06, 0.14)

    def tunnel(points: Array, centre: Array, radius: float, about_x: float, stretch: float) -> Array:
        away = lean(points - centre, about_x, 0.0)
        return np.hypot(away[:, 0], away[:, 1] * stretch) - radius

    def field(points: Array) -> Array:
        points = twist(points, turns)
        narrowing = np.stack([points[:, 0] * (1 + lift * points[:, 1]), points[:, 1], points[:, 2]], 1)
        solid = ellipsoid(narrowing, np.zeros(3), radii)
        solid = cut(solid, tunnel(points, upper, large, tilt[0], 0.85 + 0.3 * abs(tilt[2])), softness)
        return cut(solid, tunnel(points, lower, small, tilt[1], 0.85 + 0.3 * abs(tilt[3])), softness)

    return field


def cairn(random: np.random.Generator) -> Field:
    """Five stones on one another, each flatter or rounder, leaning and a little out of line, grown together."""
    heights = random.uniform(0.14, 0.23, 5)
    heights *= 0.86 / heights.sum()
    widths = np.sort(random.uniform(0.2, 0.56, 5))[::-1] * random.uniform(0.85, 1.1, 5)
    depths = widths * random.uniform(0.72, 1.0, 5)
    middles = -0.86 + 2 * np.cumsum(heights) - heights
    offsets = random.uniform(-0.09, 0.09, (5, 2)) * np.array([[0.3], [1], [1], [1], [1]])
    leans = random.uniform(-0.16, 0.16, (5, 2))
    softness = random.uniform(0.03, 0.09)

    def field(points: Array) -> Array:
        solid: Array | None = None
        for place in range(5):
            centre = np.array([offsets[place, 0], middles[place], offsets[place, 1]])
            turned = lean(points - centre, leans[place, 0], leans[place, 1])
            radii = np.array([widths[place], heights[place] * 1.16, depths[place]])
            stone = ellipsoid(turned, np.zeros(3), radii)
            solid = stone if solid is None else join(solid, stone, softness)
        assert solid is not None
        return solid

    return field


def gyroid(random: np.random.Generator) -> Field:
    """An egg of which only the walls of a gyroid are left."""
    radii = np.array([random.uniform(0.54, 0.66), random.uniform(0.78, 0.9), random.uniform(0.54, 0.66)])
    pace = random.uniform(5.4, 7.4)
    stretch = random.uniform(0.75, 1.15)
    phase = random.uniform(-0.5, 0.5, 3)
    wall, turns = random.uniform(0.055, 0.085), random.uniform(-0.5, 0.5)

    def field(points: Array) -> Array:
        egg = ellipsoid(points, np.zeros(3), radii)
        a, b, c = (pace * np.array([1, stretch, 1]) * twist(points, turns) + phase).T
        walls = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(c) + np.sin(c) * np.cos(a)
        return -join(-egg, -(np.abs(walls) / (1.25 * pace) - wall), 0.05)

    return field
