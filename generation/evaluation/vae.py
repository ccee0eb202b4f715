"""Measure a soft-fields checkpoint: how well it rebuilds pictures that it has not seen, and what its directions do.

    python -m generation.evaluation.vae checkpoints/soft-fields-1 --count 160

Prints the figures and writes them into the checkpoint's card. Every figure is on this project's own pictures.
"""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from generation.engines.base import Picture
from generation.engines.parameters import spec_of
from generation.engines.vae import ENGINE, SoftFieldsEngine
from generation.engines.vae_network import ATTRIBUTES, INPUT_SIDE, SoftFields
from generation.training import card
from generation.training.pictures import shrink
from generation.training.studio import EVALUATION_SEEDS, SIZE, Recipe, render
from generation.training.vae_latents import attributes_of

__all__ = ["directions", "measure", "reconstruction"]

_SAMPLES = 100


def measure(engine: SoftFieldsEngine, fresh: Tensor) -> dict[str, str]:
    """All figures, as text with their units; `fresh` are pictures (count, 3, 64, 64) that it has never seen."""
    return {
        "fresh pictures": str(len(fresh)),
        **reconstruction(engine.network, fresh),
        **directions(engine.network),
        **_speed(engine),
    }


@torch.inference_mode()
def reconstruction(network: SoftFields, pictures: Tensor) -> dict[str, str]:
    """The mean absolute error per channel, of 1 from black to white, beside that of two poorer guesses."""
    rebuilt = torch.cat([_rebuilt(network, part) for part in torch.split(pictures, 32)])
    even = pictures.mean((2, 3), keepdim=True)
    coarse = torch.nn.functional.interpolate(torch.nn.functional.avg_pool2d(pictures, 16), size=INPUT_SIDE)
    error, flat, blocks = (float((guess - pictures).abs().mean()) / 2 for guess in (rebuilt, even, coarse))
    noise = float(((rebuilt - pictures) / 2).square().mean((1, 2, 3)).log10().mean()) * -10
    return {
        "error of rebuilt fresh pictures, 0 to 1": f"{error:.4f}",
        "error of one even colour each, for comparison": f"{flat:.4f}",
        "error of sixteen even squares each (48 numbers), for comparison": f"{blocks:.4f}",
        "PSNR of rebuilt fresh pictures": f"{noise:.1f} dB",
    }


def _rebuilt(network: SoftFields, pictures: Tensor) -> Tensor:
    return network.decode(network.encode(pictures)[0], size=INPUT_SIDE).clamp(-1, 1)


@torch.inference_mode()
def directions(network: SoftFields) -> dict[str, str]:
    """What one step along each direction does to the pictures: to its own attribute, and at most to another one."""
    latents = _latents(network)
    before = _attributes(network, latents)
    spread = before.std(0)
    figures = {}
    for place, name in enumerate(ATTRIBUTES):
        moved = _attributes(network, latents + network.directions[place])
        change = (moved - before).mean(0) / spread
        aside = float(np.abs(np.delete(change, place)).max())
        figures[f"one step of {name}: its change, and the largest other (deviations)"] = (
            f"{change[place]:+.2f}, {aside:.2f}"
        )
    return figures


def _latents(network: SoftFields) -> Tensor:
    random = np.random.default_rng(0)
    families = len(network.arch.families)
    normal = torch.from_numpy(random.standard_normal((_SAMPLES, network.arch.latent), np.float32))
    family = torch.arange(_SAMPLES) % families
    return network.family_mean[family] + 0.9 * torch.einsum("nij,nj->ni", network.family_root[family], normal)


def _attributes(network: SoftFields, latents: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    made = torch.cat([network.decode(part, size=INPUT_SIDE) for part in torch.split(latents, 50)]).clamp(-1, 1)
    return attributes_of(((made.permute(0, 2, 3, 1) + 1) / 2).double().numpy())


def _speed(engine: SoftFieldsEngine) -> dict[str, str]:
    """Seconds of the processor for one sample with grain, the best of three."""
    spec = spec_of(ENGINE, engine.network.arch.document())
    figures = {}
    for side in (512, 1024, 2048):
        taken = []
        for seed in range(3):
            started = time.process_time()
            (made,) = engine.generate([spec.request(seed, {"width": side, "height": side})])
            taken.append(time.process_time() - started)
            if not isinstance(made.work, Picture):
                raise TypeError("a sample is a picture")
        figures[f"one picture of {side} px"] = f"{min(taken):.2f} s of one thread"
    return figures


def fresh_pictures(families: tuple[str, ...], count: int) -> Tensor:
    """Pictures of the studio from seeds that no training picture uses, (count, 3, 64, 64)."""
    drawn = [
        shrink(render(Recipe(families[place % len(families)], EVALUATION_SEEDS.start + place, place, SIZE)), INPUT_SIDE)
        for place in range(count)
    ]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.evaluation.vae", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=160)
    options = parser.parse_args()
    document = json.loads((options.checkpoint / "card.json").read_text(encoding="utf-8"))
    engine = SoftFieldsEngine.load(options.checkpoint, weights_sha256=document["weights_sha256"])
    figures = measure(engine, fresh_pictures(engine.network.arch.families, options.count))
    command = f"python -m generation.evaluation.vae checkpoints/{options.checkpoint.name} --count {options.count}"
    card.add_measurements(options.checkpoint, command, figures)
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
