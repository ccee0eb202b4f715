"""The light of the studio: one large lamp, a bright sky of softboxes, a fill from behind, and a floor that fades away.

After the usual shading for real time: GGX highlights, Schlick's Fresnel term, ambient occlusion and soft shadows from
distances. Colours are linear light until `to_display`.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engines.sculpture_materials import Material

__all__ = ["Studio", "shade_body", "shade_floor", "to_display"]

_SHADOW_STEPS, _SHADOW_SOFTNESS, _SHADOW_END = 26, 7.0, 1.6
_OCCLUSION = ((0.03, 1.0), (0.07, 0.8), (0.13, 0.6), (0.21, 0.42), (0.32, 0.3))
_PLINTH_ROUGHNESS = 0.42
_EXPOSURE = 1.12


class _Distances(Protocol):
    """What is known of the body: distances, slopes, where it stands."""

    floor: float
    plinth_top: float
    spacing: float

    def distance(self, points: Tensor) -> Tensor: ...

    def outward(self, points: Tensor) -> Tensor: ...

    def entry(self, eye: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True)
class Studio:
    """Lamps as directions towards them, and what the body is made of."""

    lamp: Tensor
    rim: Tensor
    boxes: Tensor
    material: Material

    @classmethod
    def beside(cls, turn: float, material: Material) -> "Studio":
        """The studio moves with the camera: the lamp is above its left shoulder, the rim light behind to the right."""
        right = torch.tensor([np.cos(turn), 0.0, -np.sin(turn)], dtype=torch.float32)
        back = torch.tensor([np.sin(turn), 0.0, np.cos(turn)], dtype=torch.float32)
        up = torch.tensor([0.0, 1.0, 0.0])

        def towards(aside: float, above: float, behind: float) -> Tensor:
            return F.normalize(aside * right + above * up + behind * back, dim=0)

        boxes = torch.stack([towards(-0.85, 0.75, 0.55), towards(0.95, 0.35, 0.1), towards(0.1, 1.0, -0.35)])
        return cls(towards(-0.75, 1.05, 0.62), towards(0.6, 0.45, -0.9), boxes, material)


def to_display(colours: Tensor) -> Tensor:
    """Linear light to sRGB, 0 … 1, highlights rolled off (Narkowicz's fit of the ACES curve, softened)."""
    light = colours.clamp(min=0) * (0.6 * _EXPOSURE)
    rolled = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14)
    rolled = rolled.clamp(0, 1)
    return torch.where(rolled <= 0.0031308, rolled * 12.92, 1.055 * rolled.clamp(min=1e-6) ** (1 / 2.4) - 0.055)


def _shadow(scene: _Distances, points: Tensor, lamp: Tensor) -> Tensor:
    """How much of the lamp is seen from points, 0 … 1, half-shadows growing with the distance of what throws them."""
    seen = torch.ones(len(points))
    travelled = torch.full((len(points),), 1.5 * scene.spacing)
    for _ in range(_SHADOW_STEPS):
        gap = scene.distance(points + lamp * travelled[:, None])
        seen = torch.minimum(seen, (0.5 + 0.5 * _SHADOW_SOFTNESS * gap / travelled).clamp(0, 1))
        travelled = (travelled + gap.clamp(0.02, 0.16)).clamp(max=_SHADOW_END)
    return seen * seen * (3 - 2 * seen)


def _openness(scene: _Distances, points: Tensor, outward: Tensor) -> Tensor:
    """How open the surroundings are above points, 0 … 1, the floor counting as an obstacle too."""
    closed = torch.zeros(len(points))
    for reach, weight in _OCCLUSION:
        there = points + outward * reach
        gap = torch.minimum(scene.distance(there), there[:, 1] - scene.floor)
        closed += weight * (reach - gap).clamp(min=0) / reach
    total = sum(weight for _, weight in _OCCLUSION)
    return (1 - 1.05 * closed / total).clamp(0.06, 1)


def _surroundings(studio: Studio, directions: Tensor, roughness: Tensor) -> Tensor:
    """The light that comes from directions: a pale sky, a darker floor, softboxes that blur with roughness."""
    height = directions[:, 1]
    blur = 0.08 + 0.55 * roughness
    sky = 0.16 + 0.34 * torch.sigmoid(height / (0.2 + blur))
    light = sky[:, None] * torch.tensor(studio.material.backdrop) * 1.25
    for box, strength in zip(studio.boxes, (1.9, 0.85, 0.9), strict=True):
        inside = torch.sigmoid((directions @ box - 0.86) / (0.02 + 0.12 * blur))
        light = light + (strength * inside)[:, None] / (1 + 1.6 * roughness[:, None])
    return light


def _highlight(outward: Tensor, back: Tensor, lamp: Tensor, roughness: Tensor) -> Tensor:
    """The GGX lobe of a lamp, with the usual approximation of its shadowing."""
    halfway = F.normalize(back + lamp, dim=1)
    alpha = roughness.square()
    facing = (outward * halfway).sum(1).clamp(0, 1)
    spread = facing.square() * (alpha.square() - 1) + 1
    lobe = alpha.square() / (np.pi * spread.square())
    close = (halfway @ lamp).clamp(0.1, 1)
    return lobe / (4 * close.square() * (roughness + 0.5))


def shade_body(scene: _Distances, studio: Studio, points: Tensor, rays: Tensor) -> Tensor:
    """Linear colours of the body at points that rays arrive at: (count, 3)."""
    material = studio.material
    outward = scene.outward(points)
    outward = torch.where((outward * rays).sum(1, keepdim=True) > 0.15, -rays, outward)
    base = (points[:, 1] < scene.plinth_top)[:, None]
    albedo = torch.where(base, torch.tensor(material.plinth), torch.tensor(material.colour))
    metallic = torch.where(base, torch.zeros(1), torch.full((1,), material.metallic))
    roughness = torch.where(base[:, 0], torch.tensor(_PLINTH_ROUGHNESS), torch.tensor(material.roughness))
    lifted = points + outward * (1.2 * scene.spacing)
    seen, openness = _shadow(scene, lifted, studio.lamp), _openness(scene, points, outward)
    facing = (outward @ studio.lamp).clamp(min=0)
    glancing = (1 + (outward * rays).sum(1)).clamp(0, 1) ** 5
    mirror = 0.04 * (1 - metallic) + albedo * metallic
    fresnel = mirror + (torch.maximum(1 - roughness[:, None], mirror) - mirror) * glancing[:, None]
    sky = 0.3 + 0.24 * outward[:, 1] + 0.16 * (outward @ studio.boxes[1]).clamp(min=0)
    bounce = torch.tensor(material.backdrop) * (0.16 * (0.5 - 0.5 * outward[:, 1]))[:, None]
    diffuse = (2.05 * facing * seen)[:, None] * torch.tensor([1.0, 0.97, 0.92])
    diffuse = diffuse + openness[:, None] * (sky[:, None] * torch.tensor([0.93, 0.97, 1.0]) + bounce)
    rim = (outward @ studio.rim).clamp(min=0) * 0.35 * openness
    mirrored = rays - 2 * (outward * rays).sum(1, keepdim=True) * outward
    reflected = _surroundings(studio, mirrored, roughness) * (0.25 + 0.75 * openness[:, None])
    gloss = (_highlight(outward, -rays, studio.lamp, roughness) * facing * seen * 2.2)[:, None]
    return albedo * (1 - metallic) * (diffuse + rim[:, None]) + fresnel * (reflected + gloss + 0.5 * rim[:, None])


def shade_floor(scene: _Distances, studio: Studio, eye: Tensor, rays: Tensor) -> Tensor:
    """Linear colours of the floor and of the wall that it bends up into: (count, 3)."""
    backdrop = torch.tensor(studio.material.backdrop)
    down = rays[:, 1].clamp(max=-1e-4)
    points = eye + rays * ((scene.floor - eye[1]) / down)[:, None]
    middle = torch.tensor([0.0, scene.floor, 0.0])
    away = (points - middle)[:, [0, 2]].norm(dim=1)
    on_floor = (rays[:, 1] < -1e-4) & (away < 30)
    # A pool of light around the work, and a wall that darkens upwards.
    pool = torch.exp(-((away / 3.4) ** 2))
    rise = ((rays[:, 1] + 0.36) / 0.36).clamp(0, 1)
    level = torch.where(on_floor, 0.62 + 0.42 * pool, torch.full_like(away, 0.62)) - 0.16 * rise
    shade = torch.ones(len(rays))
    lifted = points + torch.tensor([0.0, 0.6 * scene.spacing, 0.0])
    close = torch.nonzero(on_floor & (away < 4.5))[:, 0]
    if len(close):
        near, far = scene.entry(lifted[close], studio.lamp.expand(len(close), 3))
        close = close[(near < far + 0.6) & (away[close] < 3.2)]
    if len(close):
        up = torch.tensor([0.0, 1.0, 0.0]).expand(len(close), 3)
        seen = _shadow(scene, lifted[close], studio.lamp)
        openness = _near_openness(scene, lifted[close], up)
        shade[close] = (0.42 + 0.58 * seen) * (0.35 + 0.65 * openness)
    return backdrop * (level * shade)[:, None]


def _near_openness(scene: _Distances, points: Tensor, outward: Tensor) -> Tensor:
    """Openness above the floor, where only the body closes."""
    closed = torch.zeros(len(points))
    for reach, weight in _OCCLUSION:
        gap = scene.distance(points + outward * reach)
        closed += weight * (reach - gap).clamp(min=0) / reach
    return (1 - closed / sum(weight for _, weight in _OCCLUSION)).clamp(0, 1)
