"""The shipped forms become sound bodies, the same bytes every time, which an independent library reads back."""

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from generation import engines
from generation.engines import sculpture_field, sculpture_materials, sculpture_mesh
from generation.engines.base import EngineError, Made, Request, Stopped
from generation.engines.parameters import MAX_SEED, ParametersRefused, spec_of
from generation.engines.parameters import sculpture as parameters
from generation.engines.sculpture import SculptureEngine
from generation.engines.sculpture_network import DistanceField, Folded, SculptureArchitecture
from generation.evaluation import meshes
from generation.training.forms import FAMILIES
from tests.generation.shipped import FORMS

CARD = json.loads((FORMS / "card.json").read_text(encoding="utf-8"))
SPEC = spec_of("sculpture", json.loads((FORMS / "architecture.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def engine() -> SculptureEngine:
    return SculptureEngine.load(FORMS, weights_sha256=CARD["weights_sha256"])


def _request(seed: int, **options: object) -> Request:
    return SPEC.request(seed, {"detail": "96", **options})


def _one(engine: SculptureEngine, seed: int, **options: object) -> Made:
    (made,) = engine.generate([_request(seed, **options)])
    return made


def _glb(made: Made) -> trimesh.Trimesh:
    scene = trimesh.load_scene(io.BytesIO(made.work.encode()), file_type="glb", process=False)
    (mesh,) = scene.geometry.values()
    assert isinstance(mesh, trimesh.Trimesh)
    return mesh


@pytest.fixture(scope="module")
def ribbon(engine: SculptureEngine) -> Made:
    return _one(engine, 7, family="ribbon", material="bronze")


def test_a_sculpture_is_the_same_alone_and_after_others(engine: SculptureEngine, ribbon: Made) -> None:
    request = _request(7, family="ribbon", material="bronze")
    again = engines.load("sculpture", FORMS, weights_sha256=CARD["weights_sha256"])
    *_, among = again.generate([_request(8, family="knot"), request])
    assert among.work.encode() == ribbon.work.encode()
    assert among.work.companions["stl"].data == ribbon.work.companions["stl"].data
    assert among.work.still is not None
    assert ribbon.work.still is not None
    assert np.array_equal(among.work.still, ribbon.work.still)
    assert again.profile() == engine.profile()
    assert again.profile()["batch_slots"] == 1


def test_both_files_are_one_closed_body_of_one_size(ribbon: Made) -> None:
    glb, stl = _glb(ribbon), meshes.read_stl(ribbon.work.companions["stl"].data)
    for mesh in (glb, stl):
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.body_count == 1
        assert mesh.volume > 0
    assert glb.extents[1] == pytest.approx(0.12, rel=1e-5)
    assert stl.extents[2] == pytest.approx(120, rel=1e-5)
    assert stl.volume == pytest.approx(glb.volume * 1e9, rel=1e-4)
    assert stl.bounds[0, 2] == pytest.approx(0, abs=1e-4)


def test_the_glb_is_a_valid_container_with_colours_normals_and_a_material(ribbon: Made) -> None:
    data = ribbon.work.encode()
    assert (data[:4], int.from_bytes(data[8:12], "little")) == (b"glTF", len(data))
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    (primitive,) = document["meshes"][0]["primitives"]
    assert set(primitive["attributes"]) == {"POSITION", "NORMAL", "COLOR_0"}
    surface = document["materials"][0]["pbrMetallicRoughness"]
    bronze = sculpture_materials.MATERIALS["bronze"]
    assert (surface["metallicFactor"], surface["roughnessFactor"]) == (bronze.metallic, bronze.roughness)
    visual: Any = _glb(ribbon).visual
    colours = {tuple(colour) for colour in visual.vertex_attributes["color"]}
    assert colours == {bronze.rgba, bronze.plinth_rgba}


def test_the_still_shows_a_body_before_a_quiet_backdrop(ribbon: Made) -> None:
    still = ribbon.work.still
    assert still is not None
    assert ribbon.work.size == (still.shape[1], still.shape[0]) == (1024, 1024)
    top, middle = still[:60].astype(float), still[300:700, 300:700].astype(float)
    assert top.std((0, 1)).max() < 6
    assert middle.std((0, 1)).max() > 20
    buffer = io.BytesIO()
    Image.fromarray(still).save(buffer, "PNG")
    with Image.open(io.BytesIO(buffer.getvalue())) as picture:
        assert picture.size == (1024, 1024)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_sound_and_printable_bodies(engine: SculptureEngine, family: str) -> None:
    with torch.inference_mode():
        lattice, body = engine.shaped(_request(11, family=family))
    traits = meshes.measure(meshes.read_stl(sculpture_mesh.stl(body)))
    assert traits.valid
    assert traits.bodies == 1
    assert traits.volume_cm3 > 20
    assert traits.stands > 0
    assert traits.thin_mm > 1
    assert lattice.plinth_top is not None


def test_each_parameter_changes_the_body(engine: SculptureEngine) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"variety": "0.3"},
        {"blend_family": "cairn"},
        {"blend_family": "cairn", "blend": "0.8"},
        {"height_mm": 60},
        {"plinth": "square"},
        {"plinth": "none"},
        {"detail": "128"},
    ]
    bodies = [engine.shaped(_request(3, family="torso", **change))[1] for change in changes]
    assert len({hashlib.sha256(sculpture_mesh.stl(body)).hexdigest() for body in bodies}) == len(changes)
    heights = [float(body.vertices[:, 1].max()) for body in bodies]
    assert heights == pytest.approx([120, 120, 120, 120, 60, 120, 120, 120])


@pytest.mark.parametrize("seed", [0, 2**32, 2**62, MAX_SEED])
def test_seeds_that_agree_in_their_lower_bits_give_different_latents(engine: SculptureEngine, seed: int) -> None:
    latent = engine.drawn("knot", seed)
    others = [engine.drawn("knot", other) for other in {0, 2**32, 2**62} - {seed}]
    assert all(not torch.equal(latent, other) for other in others)


def test_no_variety_at_all_is_the_mean_of_the_family(engine: SculptureEngine) -> None:
    one, two = (engine._latent(_request(seed, family="vessel", variety="0"), 0) for seed in (1, 2))
    assert torch.allclose(one, two, atol=1e-5)


@pytest.mark.parametrize(
    "asked",
    [
        {"family": "teapot"},
        {"height_mm": 19},
        {"height_mm": 601},
        {"height_mm": "tall"},
        {"variety": "1.01"},
        {"detail": "512"},
        {"detail": 128},
        {"still_px": 1023},
        {"turn": 360},
        {"plinth": "pillar"},
        {"material": "plutonium"},
        {"blend": "-1"},
        {"width": 100},
    ],
)
def test_impossible_parameters_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ParametersRefused):
        SPEC.request(1, asked)


def test_the_choices_of_web_process_and_engine_are_the_same() -> None:
    assert parameters.PLINTHS == sculpture_field.PLINTHS
    assert tuple(sculpture_materials.MATERIALS) == parameters.MATERIALS
    assert all(int(cells) % 4 == 0 for cells in parameters.DETAILS)


def _sphere(radius: float) -> Folded:
    class Sphere:
        reach = 0.1

        def __call__(self, points: torch.Tensor) -> torch.Tensor:
            away: torch.Tensor = torch.linalg.vector_norm(points, dim=2) - radius
            return away.clamp(-0.1, 0.1)

    return Sphere()  # type: ignore[return-value]


def test_a_sphere_comes_out_as_round_and_as_large_as_it_is() -> None:
    body = sculpture_mesh.extract(sculpture_field.lattice_of(_sphere(0.6), cells=64, plinth="none"), height_mm=100.0)
    mesh = body.mesh()
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 50**3, rel=0.02)
    away = np.linalg.norm(mesh.vertices - [0, 50, 0], axis=1)
    assert np.abs(away - 50).max() < 0.4


def test_what_has_no_surface_is_refused() -> None:
    for radius in (-1.0, 3.0):
        with pytest.raises(EngineError) as refused:
            sculpture_field.lattice_of(_sphere(radius), cells=32, plinth="none")
        assert refused.value.code == "sculpture_empty"


def test_islands_and_hollows_are_left_out() -> None:
    axis = np.linspace(-1.1, 1.1, 65)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    shell = np.abs(np.sqrt(x**2 + y**2 + z**2) - 0.5) - 0.1
    island = np.sqrt((x - 0.9) ** 2 + (y - 0.9) ** 2 + z**2) - 0.12
    values = np.minimum(shell, island).astype(np.float32)
    lattice = sculpture_field.Lattice(values, np.full(3, -1.1), 2.2 / 64, None)
    mesh = sculpture_mesh.extract(lattice, height_mm=120.0).mesh()
    assert mesh.body_count == 1
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 60**3, rel=0.03)


def test_folding_a_latent_into_the_layers_changes_nothing() -> None:
    torch.manual_seed(0)
    network = DistanceField(SculptureArchitecture(("a", "b"), 2, latent=8, width=16, depth=4))
    latents, points = torch.randn(3, 8), torch.rand(3, 50, 3)
    together = network.fold(latents)(points)
    for place in range(3):
        alone = network.fold(latents[place : place + 1])(points[place : place + 1])
        assert torch.allclose(alone[0], together[place], atol=1e-6)
    assert float(together.detach().abs().max()) <= 0.125 + 1e-6


def test_steps_are_reported_and_can_stop_the_batch(engine: SculptureEngine) -> None:
    seen: list[tuple[int, int]] = []

    def stop(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 1:
            raise Stopped()

    with pytest.raises(Stopped):
        next(engine.generate([_request(1)], on_step=stop))
    assert seen == [(0, 3), (1, 3)]


def test_altered_weights_and_unknown_architectures_are_refused(tmp_path: Path) -> None:
    shutil.copytree(FORMS, tmp_path, dirs_exist_ok=True)
    with pytest.raises(EngineError) as refused:
        SculptureEngine.load(tmp_path, weights_sha256="0" * 64)
    assert refused.value.code == "weights_altered"
    document = json.loads((tmp_path / "architecture.json").read_text(encoding="utf-8"))
    for change, code in (
        ({"kind": "mesh"}, "architecture_unknown"),
        ({"reach": "0"}, "architecture_unknown"),
        ({"width": 10**9}, "architecture_unknown"),
        ({"width": 12}, "weights_unreadable"),
    ):
        (tmp_path / "architecture.json").write_text(json.dumps(document | change), encoding="utf-8")
        with pytest.raises(EngineError) as refused:
            SculptureEngine.load(tmp_path, weights_sha256=CARD["weights_sha256"])
        assert refused.value.code == code


def test_estimates_grow_with_detail_and_count(engine: SculptureEngine) -> None:
    one = engine.estimate_seconds([_request(1)])
    assert 0 < one < engine.estimate_seconds([_request(1, detail="192")])
    assert engine.estimate_seconds([_request(1)] * 2) == pytest.approx(2 * one)
    assert engine.slot_counts == (1,)
    assert engine.memory_bytes > 4 * 10**5


def test_the_shipped_weights_are_those_of_their_card_and_run() -> None:
    content = (FORMS / "weights.safetensors").read_bytes()
    run = json.loads((FORMS / "training-run.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(content).hexdigest() == CARD["weights_sha256"] == run["weights_sha256"]
    assert len(content) <= 2 * 2**20
    assert CARD["families"] == list(FAMILIES)
