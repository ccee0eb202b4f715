"""Measure a distance-field checkpoint: whether its sculptures are sound, printable and new, and what it learnt.

    python -m generation.evaluation.sculptures checkpoints/forms-1 --count 16

Prints the figures and writes them into the checkpoint's card. What a single mesh is worth stands in `meshes`.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.engines import sculpture_mesh
from generation.engines.base import EngineError
from generation.engines.parameters import spec_of
from generation.engines.sculpture import ENGINE, SculptureEngine
from generation.engines.sculpture_network import DistanceField
from generation.evaluation import meshes
from generation.training import card
from generation.training.forms import EVALUATION_SEEDS, TRAINING_SEEDS, Field, Recipe, field_of
from generation.training.sdf_points import sample

__all__ = ["made", "measure", "overlap", "reconstruction"]

_LATTICE = 48
_FIT_STEPS, _FIT_RATE, _FIT_POINTS = 150, 0.02, 2048
_FITTED = 8


def measure(engine: SculptureEngine, count: int) -> dict[str, str]:
    """All figures, as text with their units."""
    return {
        "sculptures made, the families taking turns": str(count),
        **made(engine, count),
        **reconstruction(engine.network),
        **_speed(engine),
    }


def made(engine: SculptureEngine, count: int) -> dict[str, str]:
    """Soundness and printability of sculptures 120 mm high on a plinth, read back from their STL files."""
    spec = spec_of(ENGINE, engine.network.arch.document())
    families = engine.network.arch.families
    figures: list[dict[str, float]] = []
    refused = 0
    for seed in range(count):
        try:
            _, body = engine.shaped(spec.request(seed, {"family": families[seed % len(families)]}))
        except EngineError:
            refused += 1
            continue
        figures.append(meshes.scores(meshes.read_stl(sculpture_mesh.stl(body))))
    return _summary(figures, refused, count)


def _speed(engine: SculptureEngine) -> dict[str, str]:
    """Seconds of the processor for one sculpture with its files and its still."""
    spec = spec_of(ENGINE, engine.network.arch.document())
    started = time.process_time()
    list(engine.generate([spec.request(0)]))
    return {"one sculpture with files and a still of 1024 px": f"{time.process_time() - started:.1f} s of one thread"}


def _summary(figures: Sequence[dict[str, float]], refused: int, count: int) -> dict[str, str]:
    columns = {name: np.array([figure[name] for figure in figures]) for name in figures[0]}
    return {
        "refused for having no sound body": f"{refused} of {count}",
        "closed, one body, positive volume": f"{int(columns['valid'].sum())} of {len(figures)}",
        "islands": str(int((columns["bodies"] - 1).sum())),
        "wall that 5 % of rays met thinner, median and lowest": _spread(columns["thin_mm"], "mm"),
        "thinnest wall met, median and lowest": _spread(columns["thinnest_mm"], "mm"),
        "volume, median and lowest": _spread(columns["volume_cm3"], "cm³"),
        "overhang, mean share": f"{columns['overhang'].mean():.3f}",
        "standing by themselves": f"{int((columns['stands'] > 0).sum())} of {len(figures)}",
        "triangles, median": f"{int(np.median(columns['triangles']))}",
        "detail (0 to 1), median": f"{np.median(columns['detail']):.2f}",
        "printability (0 to 1, heuristic), median and lowest": _spread(columns["printability"], ""),
    }


def _spread(values: NDArray[np.float64], unit: str) -> str:
    return f"{np.median(values):.2f}, {values.min():.2f} {unit}".strip()


def reconstruction(network: DistanceField, *, fitted: int = _FITTED) -> dict[str, str]:
    """Overlaps (0 to 1, intersection over union) of what it gives with the formulas that it learnt from, and with
    fresh ones whose latents are fitted with the weights held fast."""
    families = network.arch.families
    known, fresh, novelty = [], [], []
    for place in range(fitted):
        family = place % len(families)
        form = place // len(families)
        index = form * len(families) + family
        field = field_of(Recipe(families[family], TRAINING_SEEDS.start + index, index))
        known.append(overlap(_solid(network, network.codes[family, form]), _lattice_of(field)))
        other = field_of(Recipe(families[family], EVALUATION_SEEDS.start + place, place))
        points = sample(other, _FIT_POINTS, seed=place, reach=network.arch.reach)
        fresh.append(overlap(_solid(network, _fit(network, family, points)), _lattice_of(other)))
        novelty.append(_nearest(network, family, place))
    return {
        "overlap with forms learnt, mean and lowest": _spread_of_overlaps(known),
        "overlap with fresh forms, latents fitted, mean and lowest": _spread_of_overlaps(fresh),
        "overlap of a drawn form with the nearest learnt one, mean and lowest": _spread_of_overlaps(novelty),
    }


def _spread_of_overlaps(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f}, {min(values):.3f} ({len(values)} forms)"


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union of two solids on one lattice."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def _points() -> NDArray[np.float64]:
    axis = (np.arange(_LATTICE) + 0.5) * 2 / _LATTICE - 1
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)


def _lattice_of(field: Field) -> NDArray[np.bool_]:
    return field(_points()) < 0


@torch.inference_mode()
def _solid(network: DistanceField, latent: Tensor) -> NDArray[np.bool_]:
    folded = network.fold(latent[None])
    points = torch.from_numpy(_points()).float()
    inside: NDArray[np.bool_] = torch.cat([folded(part[None])[0] for part in torch.split(points, 16384)]).numpy() < 0
    return inside


def _fit(network: DistanceField, family: int, points: NDArray[np.float32]) -> Tensor:
    """The latent that explains a form's points best, found by descent from the mean of its family."""
    places, away = torch.from_numpy(points[None, :, :3]), torch.from_numpy(points[None, :, 3])
    latent = network.codes[family].mean(0, keepdim=True).clone().requires_grad_(True)
    optimiser = torch.optim.Adam([latent], lr=_FIT_RATE)
    for step in range(_FIT_STEPS):
        optimiser.param_groups[0]["lr"] = _FIT_RATE * (1 - 0.9 * step / _FIT_STEPS)
        optimiser.zero_grad()
        error = (network.fold(latent)(places).clamp(-network.arch.reach, network.arch.reach) - away).abs().mean()
        torch.autograd.backward(error)
        optimiser.step()
    return latent.detach()[0]


def _nearest(network: DistanceField, family: int, seed: int) -> float:
    """The largest overlap of a drawn form with those of the learnt forms whose latents are nearest to its own."""
    codes = network.codes[family]
    latent = SculptureEngine(network, weights_sha256="").drawn(network.arch.families[family], seed)
    nearest = torch.argsort((codes - latent).square().sum(1), stable=True)[:2]
    solid = _solid(network, latent)
    return max(overlap(solid, _solid(network, codes[int(place)])) for place in nearest)


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.sculptures", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=16)
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = SculptureEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    figures = measure(engine, options.count)
    command = (
        f"python -m generation.evaluation.sculptures checkpoints/{options.checkpoint.name} --count {options.count}"
    )
    card.add_measurements(options.checkpoint, command, figures)
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
