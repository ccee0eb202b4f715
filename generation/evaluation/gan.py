"""`python -m generation.evaluation.gan CHECKPOINT`: how near a checkpoint comes to the studio, and whether it copies.

Real pictures for comparison are drawn from seeds that no training picture uses. Figures are on the features of a
classifier trained here; they compare checkpoints of this house with each other only.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engines.base import Picture, Pixels, Request
from generation.engines.gan import PaletteFieldEngine
from generation.engines.parameters import spec_of
from generation.evaluation import distances, features
from generation.training import card, manifest
from generation.training.pictures import Pictures, shrink
from generation.training.studio import EVALUATION_SEEDS, Recipe, render

__all__ = ["measure"]

_SEED = 1
_CLASSIFIER_STEPS = 500
_MEMORY_SIDE = 32


def measure(engine: PaletteFieldEngine, dataset: manifest.Dataset, *, count: int, trained_on: int) -> dict[str, str]:
    """The figures of a card: `count` pictures of each kind, against `trained_on` training pictures."""
    families = dataset.families
    labels = torch.arange(count) % len(families)
    training = Pictures(dataset)
    chosen = torch.arange(min(trained_on, len(training)))
    real = training.batch(chosen, features.SIDE)
    network = features.train(real, training.families[chosen], steps=_CLASSIFIER_STEPS, seed=_SEED)
    fresh = _fresh(families, 2 * count)
    painted = _painted(engine, families, count)
    noise = torch.randn(count, 3, features.SIDE, features.SIDE, generator=torch.Generator().manual_seed(_SEED)) * 0.5
    first, second, made, plain = (
        network.features(part) for part in (fresh[:count], fresh[count:], painted, noise.clamp(-1, 1))
    )
    mean, spread = first.mean(0), first.std(0) + 1e-3
    first, second, made, plain = ((part - mean) / spread for part in (first, second, made, plain))
    figures = {
        "pictures of each kind": str(count),
        "classifier, right on fresh pictures": _part(network.agreement(fresh[:count], labels)),
        "taken for the family asked for": _part(network.agreement(painted, labels)),
        "KID on own features": f"{distances.kid(first, made):.4f}",
        "KID, real against real": f"{distances.kid(first, second):.4f}",
        "KID, noise": f"{distances.kid(first, plain):.4f}",
    }
    against_real = distances.support(first, second)
    for name, value in distances.support(first, made).items():
        figures[f"{name} (real against real)"] = f"{value:.2f} ({against_real[name]:.2f})"
    return figures | _memorisation(painted, fresh[:count], training.batch(chosen, _MEMORY_SIDE))


def _memorisation(painted: Tensor, fresh: Tensor, training: Tensor) -> dict[str, str]:
    """Distances to the nearest training picture at 32 px: a copy would be far nearer than a fresh picture is."""
    made, other = (
        distances.nearest(F.avg_pool2d(part, features.SIDE // _MEMORY_SIDE), training) for part in (painted, fresh)
    )
    return {
        "training pictures searched for copies": str(len(training)),
        "nearest training picture, median distance (fresh pictures)": f"{made.median():.1f} ({other.median():.1f})",
        "nearest training picture, smallest distance (fresh pictures)": f"{made.min():.1f} ({other.min():.1f})",
    }


def _fresh(families: tuple[str, ...], count: int) -> Tensor:
    """Pictures of the evaluation seeds, the families taking turns: (count, 3, 64, 64) from -1 to 1."""
    drawn = []
    for place in range(count):
        recipe = Recipe(families[place % len(families)], EVALUATION_SEEDS.start + place, place)
        drawn.append(torch.from_numpy(shrink(render(recipe), features.SIDE)))
    return torch.stack(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1


def _painted(engine: PaletteFieldEngine, families: tuple[str, ...], count: int) -> Tensor:
    """The checkpoint's pictures as buyers get them, but untruncated and without grain, averaged down to 64 px."""
    spec = spec_of("palette-field", engine.network.arch.document())
    plain = {"width": 256, "height": 256, "truncation": "1", "temperature": "1", "grain": "0"}
    requests = [spec.request(place, plain | {"family": families[place % len(families)]}) for place in range(count)]
    painted = [torch.from_numpy(shrink(pixels, features.SIDE)) for pixels in _pixels(engine, requests)]
    return torch.stack(painted).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pixels(engine: PaletteFieldEngine, requests: Sequence[Request]) -> Iterator[Pixels]:
    for made in engine.generate(requests):
        if isinstance(made.work, Picture):
            yield made.work.pixels


def _speed(engine: PaletteFieldEngine) -> dict[str, str]:
    """Seconds for one picture with grain, the best of three."""
    spec = spec_of("palette-field", engine.network.arch.document())
    figures = {}
    for side in (256, 512, 1024, 2048):
        taken = []
        for seed in range(3):
            started = time.perf_counter()
            list(engine.generate([spec.request(seed, {"width": side, "height": side})]))
            taken.append(time.perf_counter() - started)
        figures[f"one picture of {side} px, one thread"] = f"{min(taken):.2f} s"
    return figures


def _part(value: float) -> str:
    return f"{100 * value:.1f} %"


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.gan", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--dataset", type=Path, default=Path("datasets/studio-1"))
    parser.add_argument("--count", type=int, default=800, help="pictures of each kind")
    parser.add_argument("--trained-on", type=int, default=6400, help="training pictures to learn from and search")
    parser.add_argument("--write", action="store_true", help="put the figures into the checkpoint's card")
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = PaletteFieldEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    dataset = manifest.load(options.dataset)
    figures = measure(engine, dataset, count=options.count, trained_on=options.trained_on) | _speed(engine)
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if options.write:
        command = f"python -m generation.evaluation.gan {options.checkpoint} --count {options.count}"
        card.add_measurements(options.checkpoint, f"{command} --trained-on {options.trained_on}", figures)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
