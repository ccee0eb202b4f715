"""The figures of a mesh are those of bodies that are known: boxes, spheres, tubes, tables."""

from typing import Any

import numpy as np
import pytest
import trimesh

from generation.evaluation import meshes


def _box(*size: float, at: tuple[float, float, float] = (0, 0, 0)) -> trimesh.Trimesh:
    box: trimesh.Trimesh = trimesh.creation.box(size)
    box.apply_translation((at[0], at[1], at[2] + size[2] / 2))
    return box


def test_a_box_has_its_own_volume_and_walls() -> None:
    box = _box(10, 20, 30)
    traits = meshes.measure(box)
    assert traits.valid
    assert (traits.bodies, traits.triangles, traits.starts_in_air) == (1, 12, 0)
    assert traits.volume_cm3 == pytest.approx(6)
    assert {round(float(wall), 3) for wall in meshes.wall_thickness(box)} == {10, 20, 30}
    assert traits.overhang == 0
    assert meshes.scores(box)["printability"] == 1


def test_a_tube_is_as_thick_as_its_wall() -> None:
    tube = trimesh.creation.annulus(r_min=8, r_max=10, height=30, sections=128)
    assert meshes.measure(tube).thin_mm == pytest.approx(2, abs=0.05)


def test_a_sphere_has_no_detail_and_a_bumpy_one_has() -> None:
    sphere = trimesh.creation.icosphere(4, 10.0)
    bumpy = sphere.copy()
    bumpy.vertices = bumpy.vertices * (1 + 0.1 * np.sin(bumpy.vertices * 2).prod(1))[:, None]
    plain, detailed = meshes.measure(sphere), meshes.measure(bumpy)
    assert plain.detail < 0.01 < 0.1 < detailed.detail
    assert plain.thin_mm == pytest.approx(20, abs=0.2)


def test_islands_are_counted_and_not_printable() -> None:
    two: Any = trimesh.util.concatenate([_box(10, 10, 10), _box(10, 10, 10, at=(30, 0, 5))])
    traits = meshes.measure(two)
    assert (traits.bodies, traits.valid) == (2, False)
    assert meshes.printability(traits) == meshes.score(traits) == 0


def test_an_open_surface_is_not_valid() -> None:
    box = _box(10, 10, 10)
    opened = trimesh.Trimesh(box.vertices, box.faces[1:], process=False)
    assert not meshes.measure(opened).valid
    assert meshes.scores(opened)["score"] == 0


def test_overhangs_and_starts_in_the_air_are_found() -> None:
    upright = trimesh.creation.cone(10, 30)
    hanging = upright.copy()
    hanging.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    flat = trimesh.creation.cone(30, 10)
    flat.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    assert meshes.measure(upright).overhang == 0
    assert meshes.measure(flat).overhang > 0.3
    assert meshes.measure(hanging).stands <= 0 < meshes.measure(upright).stands
    spikes: Any = trimesh.util.concatenate([hanging, _box(5, 5, 5, at=(40, 0, -60))])
    assert meshes.measure(spikes).starts_in_air == 1


def test_what_leans_too_far_does_not_stand() -> None:
    straight, leaning = _box(10, 10, 60), _box(10, 10, 60)
    leaning.vertices[leaning.vertices[:, 2] > 30, 0] += 40
    assert meshes.measure(straight).stands > 0 > meshes.measure(leaning).stands


def test_thin_walls_print_worse_and_the_best_is_found() -> None:
    sheets = [_box(40, 0.4, 40), _box(40, 4.0, 40), _box(40, 1.2, 40)]
    ranks = [meshes.printability(meshes.measure(sheet)) for sheet in sheets]
    assert ranks[0] < ranks[2] < ranks[1]
    assert meshes.best_of(sheets) == 1
    with pytest.raises(ValueError, match="no meshes"):
        meshes.best_of([])


def test_every_figure_is_explained() -> None:
    figures = meshes.scores(_box(10, 10, 10))
    assert set(figures) == set(meshes.MEANINGS)
    assert all(meaning.split(":")[0] for meaning in meshes.MEANINGS.values())
