"""Families of drawn shapes: leaded glass, geometric posters, rosettes."""

import numpy as np

from generation.training.studio.canvas import Canvas, inside, paint
from generation.training.studio.colour import Array, ramp

__all__ = ["glass", "poster", "rosette", "spaced_glass"]


def _panes(rng: np.random.Generator) -> Array:
    """Centres of panes: scattered, or in rings like a rose window; shape (count, 2)."""
    if rng.random() < 0.65:
        return rng.random((int(rng.integers(7, 17)), 2))
    rings = [np.array([[0.5, 0.5]])]
    per_ring = int(rng.integers(5, 8))
    for ring in range(1, int(rng.integers(2, 4)) + 1):
        angle = np.arange(per_ring * min(ring, 2)) * 2 * np.pi / (per_ring * min(ring, 2)) + np.pi / 2
        rings.append(0.5 + 0.26 * ring * np.stack([np.cos(angle), np.sin(angle)], 1))
    centres = np.concatenate(rings)
    return centres + rng.normal(0, 0.012, centres.shape)


def _spaced_panes(rng: np.random.Generator) -> Array:
    """The same, but scattered ones keep their distance, so that no pane shrinks to a dark splinter."""
    if rng.random() >= 0.65:
        return _panes(rng)
    apart = rng.uniform(0.17, 0.27)
    centres = rng.random((1, 2))
    for candidate in rng.random((60, 2)):
        if np.hypot(*(centres - candidate).T).min() > apart:
            centres = np.concatenate([centres, candidate[None]])
    return centres


def glass(canvas: Canvas) -> Array:
    """Voronoi panes between dark leads, their colours drifting across the window."""
    return _leaded(canvas, _panes(canvas.rng))


def spaced_glass(canvas: Canvas) -> Array:
    """The same with panes of a more even size: the second version of the family."""
    return _leaded(canvas, _spaced_panes(canvas.rng))


def _leaded(canvas: Canvas, centres: Array) -> Array:
    rng = canvas.rng
    distances = np.hypot(canvas.x[..., None] - centres[:, 0], canvas.y[..., None] - centres[:, 1])
    nearest = np.partition(distances, 1, -1)
    drift = centres @ rng.normal(size=2)
    drift = (drift - drift.min()) / (np.ptp(drift) + 1e-6)
    tones = ramp(canvas.colours, np.clip(drift * 0.9 + 0.08 + rng.normal(0, 0.2, len(centres)), 0, 1))
    picture = tones[distances.argmin(-1)] * np.clip(1.1 - 0.7 * nearest[..., 0], 0.6, 1.1)[..., None]
    lead = rng.uniform(0.016, 0.04)
    return paint(canvas.flat(canvas.colours[0] * 0.2), picture, inside(nearest[..., 1] - nearest[..., 0] - lead, 0.02))


def _shape(canvas: Canvas, kind: int) -> Array:
    """The mask of one large shape: disc, half disc, ring, bar or triangle, somewhere and turned somehow."""
    rng, edge = canvas.rng, canvas.pixel
    centre_x, centre_y = rng.uniform(0.18, 0.82, 2)
    radius = rng.uniform(0.12, 0.34)
    turn = float(rng.choice([0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4, np.pi]))
    x = (canvas.x - centre_x) * np.cos(turn) + (canvas.y - centre_y) * np.sin(turn)
    y = -(canvas.x - centre_x) * np.sin(turn) + (canvas.y - centre_y) * np.cos(turn)
    distance = np.hypot(x, y)
    if kind == 0:
        return inside(radius - distance, edge)
    if kind == 1:
        return inside(radius * 1.15 - distance, edge) * inside(y, edge)
    if kind == 2:
        return inside(rng.uniform(0.14, 0.26) * radius - np.abs(distance - radius), edge)
    if kind == 3:
        return inside(radius * 1.6 - np.abs(x), edge) * inside(rng.uniform(0.15, 0.45) * radius - np.abs(y), edge)
    return inside((radius - y) * 0.5 - np.abs(x) * 0.9, edge) * inside(y + radius * 0.7, edge)


def poster(canvas: Canvas) -> Array:
    """Three to six flat shapes on a pale or deep ground, or the ground split in two."""
    rng, colours = canvas.rng, canvas.colours
    ground = colours[-1] * 0.5 + np.array([0.96, 0.93, 0.87]) * 0.5 if rng.random() < 0.75 else colours[0]
    picture = canvas.flat(ground)
    if rng.random() < 0.3:
        along = canvas.x if rng.random() < 0.5 else canvas.y
        picture = paint(picture, canvas.pick(1), inside(along - rng.uniform(0.3, 0.7), canvas.pixel))
    for place in rng.permutation(5)[: rng.integers(3, 6)]:
        colour = np.array([0.1, 0.1, 0.12]) if rng.random() < 0.12 else colours[place]
        mask = _shape(canvas, int(rng.integers(5)))
        picture = paint(picture, colour, mask * (1.0 if rng.random() < 0.7 else 0.82))
    return picture


def rosette(canvas: Canvas) -> Array:
    """Three to five upright rings of petals, one over the other, on a plain ground."""
    rng, colours = canvas.rng, canvas.colours
    x, y = canvas.x - 0.5, canvas.y - 0.5
    radius = np.hypot(x, y) * 2
    # Measured from the vertical, so that a mirrored rosette is a rosette.
    angle = np.arctan2(x, -y)
    petals = int(rng.choice([4, 5, 6, 8, 10]))
    picture = canvas.flat(colours[0] * 0.45 if rng.random() < 0.5 else colours[-1] * 0.5 + 0.47)
    order = rng.permutation(5)
    layers = int(rng.integers(3, 6))
    reach = rng.uniform(0.78, 1.02)
    for layer in range(layers):
        outer = reach - (reach - 0.14) * layer / layers
        petal = np.abs(np.cos(petals * angle / 2 + (layer % 2) * np.pi / 2)) ** rng.uniform(0.4, 1.4)
        edge = outer * (rng.uniform(0.5, 0.78) + 0.32 * petal)
        tone = colours[order[layer % 5]] * (0.8 + 0.28 * np.clip(radius / outer, 0, 1))[..., None]
        picture = paint(picture, tone, inside(edge - radius, canvas.pixel * 1.5))
        rim = colours[-1] if layer % 2 else colours[0]
        picture = paint(picture, rim, np.exp(-(((edge - radius) / 0.022) ** 2)) * 0.6)
    return picture
