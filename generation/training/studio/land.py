"""Families with a horizon: layered ridges under a moon, and rolling waves."""

import numpy as np

from generation.training.studio.canvas import Canvas, inside, line_noise, paint
from generation.training.studio.colour import Array, oklch, ramp

__all__ = ["ridges", "waves"]


def _disc(canvas: Canvas, picture: Array, horizon: float) -> Array:
    """A sun or moon above the horizon with its glow, sometimes a crescent."""
    rng = canvas.rng
    x, y, radius = rng.uniform(0.18, 0.82), rng.uniform(0.14, max(0.2, horizon - 0.06)), rng.uniform(0.08, 0.2)
    distance = np.hypot(canvas.x - x, canvas.y - y)
    light = canvas.colours[-1] * 0.4 + 0.6
    if rng.random() < 0.4:
        light = oklch(np.array(0.7), np.array(0.17), np.array(rng.uniform(0.4, 1.4)))
    picture = paint(picture, light, rng.uniform(0.25, 0.6) * np.exp(-((distance / radius / 1.9) ** 2)))
    mask = inside(radius - distance, canvas.pixel)
    if rng.random() < 0.15:
        mask = mask * (1 - inside(radius - np.hypot(canvas.x - x - radius * 0.4, canvas.y - y), canvas.pixel))
    return paint(picture, light, mask)


def ridges(canvas: Canvas) -> Array:
    """Three to five ranges, each darker and nearer than the one behind."""
    rng, colours = canvas.rng, canvas.colours
    order = colours[::-1] if rng.random() < 0.35 else colours
    picture = ramp(order[1:], np.clip(canvas.y * rng.uniform(0.9, 1.7) + rng.uniform(-0.1, 0.15), 0, 1))
    horizon = rng.uniform(0.34, 0.62)
    if rng.random() < 0.85:
        picture = _disc(canvas, picture, horizon)
    count = int(rng.integers(3, 6))
    fog = colours[-1] if rng.random() < 0.7 else colours[3]
    dark = colours[0] * rng.uniform(0.35, 1.0)
    roughness = rng.uniform(2.2, 3.8)
    tilt = rng.normal(0, 0.06)
    for layer in range(count):
        near = layer / (count - 1)
        swell = rng.uniform(0.035, 0.085) * (1.15 - 0.5 * near)
        height = horizon + (0.93 - horizon) * near + line_noise(rng, canvas.size, roughness) * swell
        height = height + (canvas.x[0] - 0.5) * tilt * (1 - near)
        below = canvas.y - height[None]
        haze = (1 - near) ** 1.15 * 0.85
        tone = ramp(colours, np.array(0.72 - 0.66 * near)) * 0.5 + (fog * haze + dark * (1 - haze)) * 0.5
        mist = np.clip(below / 0.25, 0, 1) * 0.4 * (1 - near)
        picture = paint(picture, paint(canvas.flat(tone), fog, mist), inside(below, canvas.pixel))
    return picture


def waves(canvas: Canvas) -> Array:
    """Four to seven bands of swell with light crests."""
    rng, colours = canvas.rng, canvas.colours
    picture = ramp(colours[::-1], canvas.y * 0.6)
    top = rng.uniform(0.18, 0.48)
    if rng.random() < 0.7:
        picture = _disc(canvas, picture, top)
    count = int(rng.integers(4, 8))
    swings, lean = rng.uniform(0.7, 1.8), rng.uniform(0.2, 0.8)
    height = rng.uniform(0.03, 0.06)
    foam = np.array([0.97, 0.96, 0.92]) * 0.7 + colours[-1] * 0.3
    crest = rng.uniform(0.008, 0.016)
    for band in range(count):
        near = band / (count - 1)
        angle = canvas.x * swings * 2 * np.pi * (1 - 0.25 * near) + rng.uniform(0, 2 * np.pi)
        line = top + (0.98 - top) * near**1.1 - height * (0.7 + near) * np.sin(angle + lean * np.sin(angle))
        below = canvas.y - line
        tone = ramp(colours, np.array(0.8 - 0.74 * near + 0.06 * np.sin(band * 2.0)))
        picture = paint(picture, tone, inside(below, canvas.pixel))
        picture = paint(picture, foam, np.exp(-((below / crest) ** 2)) * 0.85)
    return picture
