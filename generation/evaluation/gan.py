"""`python -m generation.evaluation.gan CHECKPOINT`: how near a checkpoint comes to the studio, and whether it copies.

Real pictures for comparison are drawn from seeds that no training picture uses. Figures are on the features of a
classifier trained here; they compare checkpoints of this house with each other only. Beside every figure stands what
real pictures reach against other real ones.
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
from generation.training.pictures import Pictures, drawn, shrink
from generation.training.studio import EVALUATION_SEEDS

__all__ = ["learn", "measure", "painted"]

_SEED = 1
_CLASSIFIER_STEPS = 1500
_MEMORY_SIDE = 32
_SUSPECT_SHARE = 0.01


def learn(training: Pictures, *, trained_on: int, steps: int = _CLASSIFIER_STEPS) -> features.FeatureNetwork:
    """The classifier whose features the figures are on, trained on the first `trained_on` training pictures."""
    chosen = torch.arange(min(trained_on, len(training)))
    pictures = training.batch(chosen, features.SIDE)
    return features.train(pictures, training.families[chosen], steps=steps, seed=_SEED)


def measure(
    engine: PaletteFieldEngine, training: Pictures, network: features.FeatureNetwork, *, count: int, trained_on: int
) -> dict[str, str]:
    """The figures of a card: `count` pictures of each kind, against the first `trained_on` training pictures."""
    families, studio = training.dataset.families, training.dataset.studio
    labels = torch.arange(count) % len(families)
    fresh = drawn(families, EVALUATION_SEEDS.start, 2 * count, features.SIDE, studio=studio)
    made = painted(engine, families, count)
    figures = {"pictures of each kind": str(count)}
    figures |= _recognition(network, made, fresh[:count], labels, families)
    figures |= _likeness(network, made, fresh[:count], fresh[count:])
    searched = training.batch(torch.arange(min(trained_on, len(training))), _MEMORY_SIDE)
    return figures | _memorisation(made, fresh[:count], fresh[count:], searched)


def _recognition(
    network: features.FeatureNetwork, made: Tensor, fresh: Tensor, labels: Tensor, families: tuple[str, ...]
) -> dict[str, str]:
    """How many pictures the classifier takes for the family that was asked for, in all and of each family."""
    right, known = network.right(made, labels), network.right(fresh, labels)
    figures = {"recognised, in all (fresh pictures)": f"{_part(right)} ({_part(known)})"}
    for place, family in enumerate(families):
        own = labels == place
        figures[f"recognised, {family} (fresh pictures)"] = f"{_part(right[own])} ({_part(known[own])})"
    return figures


def _likeness(network: features.FeatureNetwork, made: Tensor, first: Tensor, second: Tensor) -> dict[str, str]:
    """KID, precision, recall, density and coverage on features, each brought to unit deviation over real pictures."""
    noise = torch.randn(made.shape, generator=torch.Generator().manual_seed(_SEED)) * 0.5
    real, other, fake, plain = (network.features(part) for part in (first, second, made, noise.clamp(-1, 1)))
    mean, spread = real.mean(0), real.std(0) + 1e-3
    real, other, fake, plain = ((part - mean) / spread for part in (real, other, fake, plain))
    figures = {
        "KID on own features": f"{distances.kid(real, fake):.4f}",
        "KID, real against real": f"{distances.kid(real, other):.4f}",
        "KID, noise": f"{distances.kid(real, plain):.4f}",
    }
    among_real = distances.support(real, other)
    for name, value in distances.support(real, fake).items():
        figures[f"{name} (real against real)"] = f"{value:.2f} ({among_real[name]:.2f})"
    return figures


def _memorisation(made: Tensor, first: Tensor, second: Tensor, training: Tensor) -> dict[str, str]:
    """Distances to the nearest training picture at 32 px: a copy would be far nearer than a fresh picture is.

    Suspect is what lies nearer than all but one in a hundred of the first fresh pictures; the second ones are the
    control.
    """
    apart, calibration, control = (
        distances.nearest(F.avg_pool2d(part, features.SIDE // _MEMORY_SIDE), training) for part in (made, first, second)
    )
    near = torch.quantile(calibration, _SUSPECT_SHARE)
    return {
        "training pictures searched for copies": str(len(training)),
        "nearest training picture, median distance (fresh pictures)": f"{apart.median():.1f} ({control.median():.1f})",
        "nearest training picture, smallest distance (fresh pictures)": f"{apart.min():.1f} ({control.min():.1f})",
        "nearer than 1 % of fresh pictures are, which a copy would be (other fresh pictures)": (
            f"{_part(apart < near)} ({_part(control < near)}), below {near:.1f}"
        ),
    }


def painted(engine: PaletteFieldEngine, families: tuple[str, ...], count: int) -> Tensor:
    """The checkpoint's pictures as it was trained to paint them: untruncated, without grain, averaged down to 64 px."""
    spec = spec_of("palette-field", engine.network.arch.document())
    plain = {"width": 256, "height": 256, "truncation": "1", "temperature": "1", "grain": "0"}
    plain |= {"roughness": "1"} if "roughness" in spec.fields else {}
    requests = [spec.request(place, plain | {"family": families[place % len(families)]}) for place in range(count)]
    small = [torch.from_numpy(shrink(pixels, features.SIDE)) for pixels in _pixels(engine, requests)]
    return torch.stack(small).permute(0, 3, 1, 2).float() / 127.5 - 1


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


def _part(values: Tensor) -> str:
    return f"{100 * float(values.float().mean()):.1f} %"


def _network(path: Path | None, training: Pictures, trained_on: int) -> features.FeatureNetwork:
    if path is not None and path.exists():
        return features.FeatureNetwork.load(path, len(training.dataset.families))
    network = learn(training, trained_on=trained_on)
    if path is not None:
        network.save(path)
    return network


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.gan", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--datasets", type=Path, default=Path("datasets"), help="where frozen datasets lie")
    parser.add_argument("--count", type=int, default=800, help="pictures of each kind")
    parser.add_argument("--trained-on", type=int, default=6400, help="training pictures to learn from and search")
    parser.add_argument("--network", type=Path, help="a classifier to keep here, or kept here by another measurement")
    parser.add_argument("--write", action="store_true", help="put the figures into the checkpoint's card")
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = PaletteFieldEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    known = document["datasets"][0]
    training = Pictures(manifest.load(options.datasets / f"{known['slug']}-{known['version']}"))
    network = _network(options.network, training, options.trained_on)
    figures = measure(engine, training, network, count=options.count, trained_on=options.trained_on) | _speed(engine)
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if options.write:
        command = f"python -m generation.evaluation.gan {options.checkpoint} --count {options.count}"
        card.add_measurements(options.checkpoint, f"{command} --trained-on {options.trained_on}", figures)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
