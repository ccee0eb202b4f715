"""What a mesh is worth to whoever prints it: is it sound, how detailed is it, can it be made and does it stand.

Knows meshes only, in millimetres with z upwards as printers have them; nothing of engines, latents or networks. The
scores are heuristics for filament and resin printers of usual kinds; casting and milling ask other questions.
"""

from dataclasses import asdict, dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy import spatial

__all__ = ["MEANINGS", "Traits", "best_of", "measure", "read_stl", "score", "scores", "wall_thickness"]

Array = NDArray[np.float64]

_RAYS = 400
_SEED = 0x7468_696E
_STEEPEST = 45.0
_ON_PLATE_MM = 0.3
_RINGS = 6

# Name → range and meaning, for whoever reads the figures.
MEANINGS = {
    "valid": "0 or 1: one closed surface, wound one way, around a positive volume",
    "bodies": "whole number from 1: separate bodies; more than one are islands that fall apart",
    "volume_cm3": "above 0: enclosed volume in cubic centimetres",
    "thinnest_mm": f"above 0: the thinnest wall that {_RAYS} rays from the surface inwards met, in millimetres",
    "thin_mm": "above 0: the wall that only 5 % of those rays met thinner, in millimetres",
    "overhang": f"0 to 1: share of the surface that faces down steeper than {_STEEPEST:.0f} degrees, off the plate",
    "starts_in_air": "whole number from 0: places where printing would have to begin with nothing underneath",
    "stands": "-1 to 1: how far inside its footprint the centre of mass lies, as a part of its reach; below 0 it falls",
    "triangles": "whole number: triangles of the surface",
    "detail": "0 to 1: how much more the surface turns than a sphere's of equal area; 0 is a sphere, 0.5 twice as much",
    "printability": "0 to 1, heuristic: thin walls, overhangs, starts in the air and standing; 0 where not valid",
    "score": "0 to 1, heuristic for sorting drafts: printability, and detail that is neither nothing nor noise",
}


@dataclass(frozen=True)
class Traits:
    """Measured on one mesh; MEANINGS says what each figure means."""

    valid: bool
    bodies: int
    volume_cm3: float
    thinnest_mm: float
    thin_mm: float
    overhang: float
    starts_in_air: int
    stands: float
    triangles: int
    detail: float


def read_stl(data: bytes) -> trimesh.Trimesh:
    """A binary STL as a mesh whose equal corners are one vertex; nothing else is mended."""
    mesh = trimesh.load_mesh(trimesh.util.wrap_as_stream(data), file_type="stl", process=False)
    mesh.merge_vertices(digits_vertex=6)
    return mesh


def measure(mesh: trimesh.Trimesh) -> Traits:
    """The traits of a mesh in millimetres, z upwards, standing on its lowest point."""
    walls = wall_thickness(mesh)
    valid = bool(mesh.is_watertight and mesh.is_winding_consistent and mesh.body_count == 1 and mesh.volume > 0)
    return Traits(
        valid=valid,
        bodies=int(mesh.body_count),
        volume_cm3=float(abs(mesh.volume)) / 1000,
        thinnest_mm=float(walls.min(initial=np.inf)) if len(walls) else 0.0,
        thin_mm=float(np.quantile(walls, 0.05)) if len(walls) else 0.0,
        overhang=_overhang(mesh),
        starts_in_air=_starts_in_air(mesh),
        stands=_stands(mesh),
        triangles=len(mesh.faces),
        detail=_detail(mesh),
    )


def printability(traits: Traits) -> float:
    """From 0 to 1: a geometric mean, so that one thing that fails altogether is not made good by the others."""
    if not traits.valid:
        return 0.0
    wishes = (
        (_rising(traits.thin_mm, 0.6, 2.0), 0.35),
        (_rising(traits.thinnest_mm, 0.3, 1.0), 0.2),
        (1 - _rising(traits.overhang, 0.08, 0.5), 0.2),
        (1 - _rising(float(traits.starts_in_air), 0, 12), 0.1),
        (_rising(traits.stands, -0.05, 0.15), 0.15),
    )
    return float(np.exp(sum(weight * np.log(max(wish, 1e-3)) for wish, weight in wishes)))


def score(traits: Traits) -> float:
    """From 0 to 1, for sorting drafts of one request: a heuristic, not a judgement."""
    lively = float(np.interp(traits.detail, [0.0, 0.25, 0.75, 0.95], [0.4, 1.0, 1.0, 0.3]))
    return printability(traits) * lively


def scores(mesh: trimesh.Trimesh) -> dict[str, float]:
    """All that MEANINGS names, rounded, as it is kept with a piece."""
    traits = measure(mesh)
    figures = asdict(traits) | {"printability": printability(traits), "score": score(traits)}
    return {name: round(float(value), 4) for name, value in figures.items()}


def best_of(meshes: list[trimesh.Trimesh]) -> int:
    """The place of the mesh with the highest score; the first where several have it."""
    if not meshes:
        raise ValueError("there is no best of no meshes")
    return int(np.argmax([score(measure(mesh)) for mesh in meshes]))


def wall_thickness(mesh: trimesh.Trimesh, *, rays: int = _RAYS) -> Array:
    """For rays from evenly spread places inwards, how far it is to the other side, in millimetres.

    Rays that meet nothing, as they do where a mesh is open, are left out.
    """
    random = np.random.default_rng(_SEED)
    corners = np.asarray(mesh.triangles, np.float64)
    areas = np.asarray(mesh.area_faces, np.float64)
    chosen = np.searchsorted(np.cumsum(areas), random.random(rays) * areas.sum()).clip(max=len(areas) - 1)
    shares = random.dirichlet([1, 1, 1], rays)
    starts = np.einsum("rc,rcx->rx", shares, corners[chosen])
    inwards = -np.asarray(mesh.face_normals, np.float64)[chosen]
    found = [
        _first_beyond(mesh.vertices, mesh.faces, start, inward, int(own))
        for start, inward, own in zip(starts, inwards, chosen, strict=True)
    ]
    return np.array([gap for gap in found if np.isfinite(gap)])


def _first_beyond(vertices: Array, faces: NDArray[np.int64], start: Array, along: Array, own: int) -> float:
    """How far a ray goes from a triangle until it meets another one, or infinity.

    Seen along the ray a triangle can only be met if its corners lie around the origin, which leaves a few to be tried.
    """
    aside = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    aside /= np.linalg.norm(aside)
    seen = (np.asarray(vertices) - start) @ np.stack([aside, np.cross(along, aside), along], 1)
    positive = seen[:, :2] > 0
    around = positive[faces[:, 0]].astype(np.int8) + positive[faces[:, 1]] + positive[faces[:, 2]]
    tried = np.flatnonzero(((around > 0) & (around < 3)).all(1))
    a, b, c = (seen[faces[tried, corner]] for corner in range(3))
    weights = np.stack([_area(b, c), _area(c, a), _area(a, b)], 1)
    met = (weights >= 0).all(1) | (weights <= 0).all(1)
    total = weights.sum(1)
    met &= (np.abs(total) > 1e-12) & (tried != own)
    depth = (weights[met] * np.stack([a, b, c], 1)[met, :, 2]).sum(1) / total[met]
    return float(depth[depth > 1e-6].min(initial=np.inf))


def _area(one: Array, other: Array) -> Array:
    area: Array = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return area


def _overhang(mesh: trimesh.Trimesh) -> float:
    down = np.asarray(mesh.face_normals)[:, 2] < -np.sin(np.radians(_STEEPEST))
    lifted = np.asarray(mesh.triangles)[:, :, 2].max(1) > mesh.bounds[0, 2] + _ON_PLATE_MM
    areas = np.asarray(mesh.area_faces)
    return float(areas[down & lifted].sum() / areas.sum())


def _starts_in_air(mesh: trimesh.Trimesh) -> int:
    """Vertices off the plate that are the lowest within some edges around: ripples of a surface do not count."""
    height = np.asarray(mesh.vertices)[:, 2]
    # Ranks instead of heights, so that a level underside has one lowest vertex.
    rank = np.empty(len(height), np.int64)
    rank[np.argsort(height, kind="stable")] = np.arange(len(height))
    one, other = np.asarray(mesh.edges_unique).T
    lowest = rank.copy()
    for _ in range(_RINGS):
        around = lowest.copy()
        np.minimum.at(around, one, lowest[other])
        np.minimum.at(around, other, lowest[one])
        lowest = around
    return int(((lowest == rank) & (height > height.min() + _ON_PLATE_MM)).sum())


def _stands(mesh: trimesh.Trimesh) -> float:
    """The centre of mass against the footprint: the smallest distance to its edge, over the footprint's reach."""
    vertices = np.asarray(mesh.vertices)
    footprint = vertices[vertices[:, 2] < mesh.bounds[0, 2] + _ON_PLATE_MM][:, :2]
    try:
        hull = spatial.ConvexHull(footprint)
    except (spatial.QhullError, ValueError, IndexError):
        return -1.0
    centre = np.asarray(mesh.center_mass)[:2]
    reach = float(np.linalg.norm(footprint - footprint.mean(0), axis=1).max())
    inside = -float((hull.equations[:, :2] @ centre + hull.equations[:, 2]).max())
    return float(np.clip(inside / reach, -1, 1))


def _detail(mesh: trimesh.Trimesh) -> float:
    """One minus a sphere's turning over this surface's: half the sum of edge lengths times the angles across them."""
    edges = np.asarray(mesh.vertices)[np.asarray(mesh.face_adjacency_edges)]
    lengths = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1)
    turning = 0.5 * float((lengths * np.asarray(mesh.face_adjacency_angles)).sum())
    sphere = float(np.sqrt(4 * np.pi * mesh.area))
    return float(np.clip(1 - sphere / max(turning, 1e-9), 0, 1))


def _rising(value: float, low: float, high: float) -> float:
    return float(np.interp(value, [low, high], [0.0, 1.0]))
