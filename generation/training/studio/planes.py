"""Families of plain colour: hovering colour fields, and paper cut-outs."""

from itertools import pairwise

import numpy as np

from generation.training.studio.canvas import Canvas, field_noise, inside, paint
from generation.training.studio.colour import Array

__all__ = ["cutouts", "fields"]


def fields(canvas: Canvas) -> Array:
    """Two or three soft-edged blocks hovering on a ground, each breathing a little."""
    rng, size, colours = canvas.rng, canvas.size, canvas.colours
    order = rng.permutation(5)
    picture = canvas.flat(colours[order[0]] * rng.uniform(0.75, 1.0))
    edges = np.sort(np.concatenate([[0.07, 0.93], rng.uniform(0.25, 0.75, int(rng.integers(1, 3)))]))
    margin, soft = rng.uniform(0.07, 0.14), rng.uniform(0.02, 0.06)
    for place, (top, bottom) in enumerate(pairwise(edges)):
        if bottom - top < 0.1:
            continue
        tremble = field_noise(rng, size, 3.2) * 0.008
        across = 0.5 - margin - np.abs(canvas.x - 0.5) + tremble
        down = (bottom - top) / 2 - 0.02 - np.abs(canvas.y - (top + bottom) / 2) + tremble
        breath = 1 + 0.05 * field_noise(rng, size, 3.4)[..., None]
        tone = np.clip(colours[order[1 + place]] * breath, 0, 1)
        picture = paint(picture, tone, inside(np.minimum(across, down), soft) * rng.uniform(0.82, 1.0))
    return picture


def cutouts(canvas: Canvas) -> Array:
    """Three or four sheets of coloured paper, each cut along a smooth random contour, with a faint shadow."""
    rng, size, colours = canvas.rng, canvas.size, canvas.colours
    order = rng.permutation(5)
    picture = canvas.flat(colours[order[0]])
    for layer in range(1, int(rng.integers(3, 6))):
        contour = field_noise(rng, size, rng.uniform(4.2, 5.2))
        slope = np.hypot(*np.gradient(contour)).mean() * size
        distance = (contour - rng.uniform(-0.1, 0.9)) / slope
        picture = paint(picture, colours[0] * 0.3, np.exp(-((np.minimum(distance, 0) / 0.03) ** 2)) * 0.3)
        picture = paint(picture, colours[order[layer]], inside(distance, canvas.pixel))
    return picture
