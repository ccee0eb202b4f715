"""Families of flowing matter: marble, ink and watercolour on paper, nebulae."""

import numpy as np

from generation.training.studio.canvas import Canvas, field_noise, inside, paint, warp
from generation.training.studio.colour import Array, ramp

__all__ = ["ink", "marble", "nebula"]


def marble(canvas: Canvas) -> Array:
    """Bands of a field that was warped twice by others, with a soft relief and sometimes a pale vein."""
    rng, size = canvas.rng, canvas.size
    push = size * rng.uniform(0.08, 0.17)
    a, b = field_noise(rng, size, 4.2) * push, field_noise(rng, size, 4.2) * push
    values = field_noise(rng, size, rng.uniform(3.6, 4.4))
    if rng.random() < 0.5:
        lean = rng.uniform(0, np.pi)
        values = values * 0.55 + ((canvas.x - 0.5) * np.cos(lean) + (canvas.y - 0.5) * np.sin(lean)) * 3.0
    values = warp(warp(values, a, b), b * 0.7, -a * 0.7)
    angle = values * rng.uniform(1.2, 2.8) + rng.uniform(0, 2 * np.pi)
    picture = ramp(canvas.colours, 0.5 + 0.5 * np.sin(angle))
    relief = np.gradient(values)[0]
    picture = picture * (1 + np.clip(relief / (relief.std() + 1e-6), -2, 2) * 0.04)[..., None]
    if rng.random() < 0.4:
        slope = np.hypot(*np.gradient(np.sin(angle * 0.5))) + 1e-3
        vein = np.exp(-((np.sin(angle * 0.5) / slope / (size * 0.012)) ** 2))
        picture = paint(picture, canvas.colours[-1] * 0.5 + 0.5, vein * 0.8)
    return picture


def ink(canvas: Canvas) -> Array:
    """Two to five transparent blots with darker rims on warm paper."""
    rng, size = canvas.rng, canvas.size
    picture = canvas.flat(np.array([0.97, 0.95, 0.91]) + rng.normal(0, 0.012, 3))
    heavy = rng.random() < 0.35
    for _ in range(int(rng.integers(2, 6))):
        x, y = rng.uniform(0.2, 0.8, 2)
        radius = rng.uniform(0.14, 0.34)
        stretch = rng.uniform(0.65, 1.5)
        ragged = field_noise(rng, size, 3.9) * rng.uniform(0.08, 0.24)
        distance = np.hypot((canvas.x - x) / stretch, (canvas.y - y) * stretch) / radius + ragged
        mask = inside(1 - distance, 0.09)
        rim = np.exp(-(((distance - 0.94) / 0.08) ** 2)) * mask
        wash = np.clip(0.68 + 0.14 * field_noise(rng, size, 3.6) + 0.3 * (distance - 0.5), 0.25, 1.0)
        strength = np.clip(mask * wash * (0.98 if heavy else 0.8) + rim * 0.25, 0.0, 0.97)[..., None]
        picture = picture * (1 - strength + strength * canvas.pick(0, 2 if heavy else 4))
    return picture


def nebula(canvas: Canvas) -> Array:
    """Glowing clouds and a core on a deep ground, with a few stars."""
    rng, size, colours = canvas.rng, canvas.size, canvas.colours
    push = field_noise(rng, size, 4.0) * size * 0.1
    shape = warp(field_noise(rng, size, 3.9), push, -push)
    blend = 1 / (1 + np.exp(-field_noise(rng, size, 4.0) * 2.0))
    ground = colours[0] * rng.uniform(0.35, 0.7) * np.array([0.75, 0.8, 1.15])
    if rng.random() < 0.5:
        veil = np.exp(-np.abs(shape) * rng.uniform(1.0, 1.8)) ** 1.4
    else:
        veil = 1 / (1 + np.exp(-(shape - rng.uniform(-0.2, 0.7)) * 2.4))
    picture = paint(canvas.flat(ground), ramp(colours[1:], blend), np.clip(veil, 0, 0.96))
    x, y = rng.uniform(0.2, 0.8, 2)
    core = np.exp(-((np.hypot(canvas.x - x, canvas.y - y) / rng.uniform(0.09, 0.26)) ** 1.4))
    picture = paint(picture, colours[-1] * 0.4 + 0.6, core * rng.uniform(0.5, 0.9))
    stars = np.zeros((size, size))
    for _ in range(int(rng.integers(4, 14))):
        spread = rng.uniform(0.008, 0.016)
        away = (canvas.x - rng.random()) ** 2 + (canvas.y - rng.random()) ** 2
        stars += rng.uniform(0.5, 1.0) * np.exp(-away / spread**2)
    return paint(picture, np.ones(3), np.clip(stars, 0, 1))
