"""From a field on a lattice to one closed surface in millimetres, and to the files that it is delivered as.

A GLB is in metres with y upwards, as its standard wants; an STL is in millimetres with z upwards, as printers want.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from generation.engines.base import EngineError
from generation.engines.sculpture_field import Lattice
from generation.engines.sculpture_materials import Material

__all__ = ["Body", "extract", "glb", "stl"]

Array = NDArray[np.float64]

_SMOOTHING_ROUNDS = 6
_SHRINK, _GROW = 0.5, -0.53


@dataclass(frozen=True)
class Body:
    """One closed surface: vertices (count, 3) in millimetres, y upwards, standing on y = 0; triangles (count, 3)."""

    vertices: Array
    faces: NDArray[np.int64]
    on_plinth: NDArray[np.bool_]

    def mesh(self) -> trimesh.Trimesh:
        """The same for trimesh, which is not to merge or mend anything."""
        return trimesh.Trimesh(self.vertices, self.faces, process=False, validate=False)


def extract(lattice: Lattice, *, height_mm: float) -> Body:
    """The largest body of the field, smoothed, at a height, standing in the middle.

    Raises EngineError `sculpture_unsound` if what remains is not one closed surface around a positive volume.
    """
    vertices, faces, _, _ = marching_cubes(lattice.values, 0.0, spacing=(lattice.spacing,) * 3)
    whole = trimesh.Trimesh(vertices.astype(np.float64), faces.astype(np.int64), process=False, validate=False)
    single = _largest(whole)
    smooth = _smoothed(single)
    if not (smooth.is_watertight and smooth.is_winding_consistent and smooth.body_count == 1):
        raise EngineError("sculpture_unsound", "This seed gives no closed body; another will.")
    faces = np.asarray(smooth.faces, np.int64)
    if smooth.volume < 0:
        faces = faces[:, ::-1]
    vertices = np.asarray(smooth.vertices, np.float64) + lattice.origin
    low, high = vertices.min(0), vertices.max(0)
    on_plinth = np.zeros(len(vertices), bool)
    if lattice.plinth_top is not None:
        on_plinth = vertices[:, 1] < lattice.plinth_top + lattice.spacing
    middle = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return Body((vertices - middle) * (height_mm / (high[1] - low[1])), faces, on_plinth)


def _largest(whole: trimesh.Trimesh) -> trimesh.Trimesh:
    """The body with the largest volume; hollows closed in and islands are left out."""
    groups = trimesh.graph.connected_components(whole.face_adjacency, nodes=np.arange(len(whole.faces)), min_len=4)
    if not len(groups):
        raise EngineError("sculpture_empty", "This seed gives no solid; another will.")
    bodies = [_part(whole, np.sort(group)) for group in groups]
    return max(bodies, key=lambda body: abs(float(body.volume)))


def _part(whole: trimesh.Trimesh, triangles: NDArray[np.int64]) -> trimesh.Trimesh:
    """Some triangles of a mesh as a mesh of their own, in the same order."""
    faces = np.asarray(whole.faces)[triangles]
    used, renumbered = np.unique(faces, return_inverse=True)
    vertices = np.asarray(whole.vertices)[used]
    return trimesh.Trimesh(vertices, renumbered.reshape(-1, 3), process=False, validate=False)


def _smoothed(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Taubin's smoothing: a step in and a longer one out, so that the steps of the lattice go and the volume stays."""
    edges = mesh.edges_unique
    both = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=len(mesh.vertices))[:, None]
    vertices = np.asarray(mesh.vertices, np.float64).copy()
    for factor in (_SHRINK, _GROW) * _SMOOTHING_ROUNDS:
        sums = np.stack([np.bincount(both[:, 0], vertices[both[:, 1], axis], len(vertices)) for axis in range(3)], 1)
        vertices += factor * (sums / degree - vertices)
    return trimesh.Trimesh(vertices, mesh.faces, process=False, validate=False)


def glb(body: Body, material: Material, *, name: str) -> bytes:
    """The coloured surface as binary glTF 2.0: positions in metres, normals, colours by vertex, one material."""
    mesh = body.mesh()
    mesh.apply_scale(0.001)
    colours = np.where(body.on_plinth[:, None], material.plinth_rgba, material.rgba).astype(np.uint8)
    surface = trimesh.visual.material.PBRMaterial(
        name=material.name,
        baseColorFactor=[255, 255, 255, 255],
        metallicFactor=material.metallic,
        roughnessFactor=material.roughness,
    )
    visual = trimesh.visual.TextureVisuals(material=surface)
    visual.vertex_attributes["color"] = colours
    mesh.visual = visual
    scene = trimesh.Scene()
    scene.add_geometry(mesh, geom_name=name, node_name=name)
    data: bytes = trimesh.exchange.gltf.export_glb(scene, include_normals=True)
    return data


def stl(body: Body) -> bytes:
    """The bare surface as binary STL in millimetres, turned so that z is up."""
    turned = np.stack([body.vertices[:, 0], -body.vertices[:, 2], body.vertices[:, 1]], 1)
    mesh = trimesh.Trimesh(turned, body.faces, process=False, validate=False)
    data: bytes = trimesh.exchange.stl.export_stl(mesh)
    return data
