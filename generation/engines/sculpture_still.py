"""A sculpture as a studio would photograph it: rays marched through its field, on a quiet backdrop, without a display.

Works on one thread in float32 and gives the same bytes every time; knows nothing of requests or files.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from generation.engines.sculpture_field import Lattice
from generation.engines.sculpture_light import Studio, shade_body, shade_floor, to_display
from generation.engines.sculpture_materials import Material

__all__ = ["photograph"]

Pixels = NDArray[np.uint8]

_STEPS = 90
_ROWS = 64
_FAR = 1e6
# The lens: half of the picture's height at one unit of distance.
_HALF_HEIGHT = 0.17
_SUBPIXELS = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))
_EDGE = 0.035
_DITHER_STREAM = 0x6469_7468


@dataclass(frozen=True)
class _Camera:
    """A camera at `eye`; `axes` are right, up and forward as rows."""

    eye: Tensor
    axes: Tensor

    def rays(self, columns: Tensor, rows: Tensor, side: int) -> Tensor:
        """Directions through places of a picture of `side` × `side`, in pixels: (count, 3)."""
        u = (columns / side * 2 - 1) * _HALF_HEIGHT
        v = (1 - rows / side * 2) * _HALF_HEIGHT
        ahead = u[:, None] * self.axes[0] + v[:, None] * self.axes[1] + self.axes[2]
        return F.normalize(ahead, dim=1)


class Scene:
    """Distances and slopes of a sculpture at any place, and the floor that it stands on."""

    def __init__(self, lattice: Lattice) -> None:
        values = torch.from_numpy(_reaching(lattice.values, lattice.spacing))
        smooth = ndimage.gaussian_filter(lattice.values, 0.8)
        slopes = torch.from_numpy(np.stack(np.gradient(smooth, lattice.spacing)).astype(np.float32))
        # grid_sample's axes are innermost first, so the volume is turned to (z, y, x).
        self._values = values.permute(2, 1, 0)[None, None].contiguous()
        self._slopes = slopes.permute(0, 3, 2, 1)[None].contiguous()
        self.low = torch.from_numpy(lattice.origin.astype(np.float32))
        counts = torch.tensor(lattice.values.shape, dtype=torch.float32)
        self.high = self.low + (counts - 1) * lattice.spacing
        self.spacing = lattice.spacing
        solid = np.argwhere(lattice.values < 0)
        first, last = (lattice.origin + lattice.spacing * solid.min(0), lattice.origin + lattice.spacing * solid.max(0))
        self.body_low, self.body_high = (torch.from_numpy(corner.astype(np.float32)) for corner in (first, last))
        self.floor = float(self.body_low[1]) - 0.3 * lattice.spacing
        self.plinth_top = -_FAR if lattice.plinth_top is None else lattice.plinth_top + lattice.spacing

    def distance(self, points: Tensor) -> Tensor:
        """Points (count, 3) to distances (count,)."""
        found = F.grid_sample(self._values, self._places(points), align_corners=True, padding_mode="border")
        return found.view(-1)

    def outward(self, points: Tensor) -> Tensor:
        """Unit normals (count, 3) near the surface."""
        found = F.grid_sample(self._slopes, self._places(points), align_corners=True, padding_mode="border")
        return F.normalize(found.view(3, -1).t(), dim=1)

    def _places(self, points: Tensor) -> Tensor:
        return ((points - self.low) / (self.high - self.low) * 2 - 1).view(1, 1, 1, -1, 3)

    def entry(self, eye: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
        """Where rays enter and leave the box around the body, as distances; leaving before entering is a miss."""
        slack = 2 * self.spacing
        inverse = 1 / torch.where(rays.abs() < 1e-9, torch.full_like(rays, 1e-9), rays)
        one, other = (self.body_low - slack - eye) * inverse, (self.body_high + slack - eye) * inverse
        return torch.minimum(one, other).amax(1).clamp(min=0), torch.maximum(one, other).amin(1)

    def march(self, eye: Tensor, rays: Tensor) -> Tensor:
        """How far rays go until they meet the body, or a very large number: (count,)."""
        near, far = self.entry(eye, rays)
        reached = torch.full((len(rays),), _FAR)
        going = torch.nonzero(near < far)[:, 0]
        travelled = near[going]
        for _ in range(_STEPS):
            if not len(going):
                break
            gap = self.distance(eye + rays[going] * travelled[:, None])
            met = gap < 0.08 * self.spacing
            reached[going[met]] = travelled[met]
            travelled = travelled + gap.clamp(min=0.1 * self.spacing) * 0.85
            on = ~met & (travelled < far[going])
            going, travelled = going[on], travelled[on]
        return reached


def _reaching(values: NDArray[np.float32], spacing: float) -> NDArray[np.float32]:
    """A field that is only right close to the surface, with real distances farther away."""
    trusted = 0.06
    away: NDArray[np.float32] = (ndimage.distance_transform_edt(values > trusted) * spacing).astype(np.float32)
    return np.where(values > trusted, np.maximum(values.clip(max=trusted), trusted + away - spacing), values)


@torch.inference_mode()
def photograph(lattice: Lattice, material: Material, *, side: int, turn: float, seed: int) -> Pixels:
    """A picture (side, side, 3) of a sculpture turned by `turn` radians; the seed only dithers the backdrop."""
    scene = Scene(lattice)
    camera, studio = _camera(scene, turn), Studio.beside(turn, material)
    image = torch.empty(side, side, 3)
    columns = torch.arange(side, dtype=torch.float32) + 0.5
    for top in range(0, side, _ROWS):
        rows = torch.arange(top, min(side, top + _ROWS), dtype=torch.float32) + 0.5
        v, u = torch.meshgrid(rows, columns, indexing="ij")
        image[top : top + len(rows)] = _seen(scene, camera, studio, u.reshape(-1), v.reshape(-1), side).view(
            -1, side, 3
        )
    _soften_edges(image, scene, camera, studio)
    dither = np.random.default_rng([_DITHER_STREAM, seed]).random((side, side, 1), np.float32) - np.float32(0.5)
    pixels: Pixels = np.rint(np.clip(image.numpy() * 255 + dither * 1.6, 0, 255)).astype(np.uint8)
    return pixels


def _camera(scene: Scene, turn: float) -> _Camera:
    """A long lens, a little above, so far away that the body fills about two thirds of the picture's height."""
    middle = (scene.body_low + scene.body_high) / 2
    extent = scene.body_high - scene.body_low
    tall = max(float(extent[1]) * 1.06, float(torch.hypot(extent[0], extent[2])) * 0.98)
    forward = F.normalize(torch.tensor([-np.sin(turn), -0.2, -np.cos(turn)], dtype=torch.float32), dim=0)
    right = F.normalize(torch.linalg.cross(forward, torch.tensor([0.0, 1.0, 0.0])), dim=0)
    axes = torch.stack([right, torch.linalg.cross(right, forward), forward])
    aim = middle - torch.tensor([0.0, 0.02 * tall, 0.0])
    return _Camera(aim - forward * (tall / (2 * _HALF_HEIGHT * 0.74)), axes)


def _seen(scene: Scene, camera: _Camera, studio: Studio, columns: Tensor, rows: Tensor, side: int) -> Tensor:
    """Display colours, 0 … 1, at places of the picture: (count, 3)."""
    rays = camera.rays(columns, rows, side)
    reached = scene.march(camera.eye, rays)
    colours = shade_floor(scene, studio, camera.eye, rays)
    hit = torch.nonzero(reached < _FAR)[:, 0]
    if len(hit):
        points = camera.eye + rays[hit] * reached[hit, None]
        colours[hit] = shade_body(scene, studio, points, rays[hit])
    return to_display(colours)


def _soften_edges(image: Tensor, scene: Scene, camera: _Camera, studio: Studio) -> None:
    """Look four times at every pixel that differs from a neighbour, and take the mean."""
    side = len(image)
    brightness = image.mean(2)
    rough = torch.zeros(side, side, dtype=torch.bool)
    for axis in (0, 1):
        step = brightness.diff(dim=axis).abs() > _EDGE
        for start in (0, 1):
            rough.narrow(axis, start, side - 1).logical_or_(step)
    rows, columns = torch.nonzero(rough, as_tuple=True)
    if not len(rows):
        return
    looks = [_seen(scene, camera, studio, columns + 0.5 + right, rows + 0.5 + down, side) for right, down in _SUBPIXELS]
    image[rows, columns] = torch.stack(looks).mean(0)
