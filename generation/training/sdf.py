"""Training of a distance field over parametric forms: an auto-decoder, after Park et al., DeepSDF (2019).

There is no encoder: the latent of each form is learnt together with the weights, from where the principal components
of all forms put it, so that it need not first be found which forms are alike. Deterministic from its configuration
and resumable to the bit; the common loop does the rest.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from generation.engines.sculpture_network import DistanceField, SculptureArchitecture
from generation.training import loop, sdf_samples
from generation.training.config import ConfigError
from generation.training.forms import frozen
from generation.training.sdf_config import SdfConfig
from generation.training.sdf_points import PointSet, starting_codes

__all__ = ["SdfTrainer", "parse", "train"]

_MEASURED_AT_ONCE = 64

parse = SdfConfig.parse


class SdfTrainer:
    """One run in the making: the network and the latents, their moving averages, the optimiser, one random stream."""

    def __init__(self, config: SdfConfig, points: PointSet) -> None:
        self.config = config
        self.points = points
        counts = torch.bincount(points.families)
        if len(points) < config.forms or int(counts.min()) < 2:
            raise ConfigError(f"the dataset has {len(points)} forms: too few, at least two of each family are needed")
        self.per_family = int(counts.min())
        arch = SculptureArchitecture(
            families=points.forms.families,
            forms_per_family=self.per_family,
            latent=config.latent,
            width=config.width,
            depth=config.depth,
            reach=config.reach,
        )
        self.random = torch.Generator().manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network, self.average = DistanceField(arch), DistanceField(arch)
        self.average.load_state_dict(self.network.state_dict())
        self.average.requires_grad_(False)
        self.codes = nn.Parameter(starting_codes(points.forms, config.latent))
        self.average_codes = self.codes.detach().clone()
        groups = [{"params": list(self.network.parameters())}, {"params": [self.codes]}]
        self.optimiser = torch.optim.Adam(groups, lr=config.learning_rate, fused=True)
        self.step = 0

    def advance(self) -> dict[str, float]:
        """One step on fresh points of some forms: the distance cut at `reach`, its absolute error, and the latents."""
        config, pace = self.config, self.config.pace(self.step)
        for group, rate in zip(self.optimiser.param_groups, (config.learning_rate, config.code_rate), strict=True):
            group["lr"] = rate * pace
        chosen = torch.randperm(len(self.points), generator=self.random)[: config.forms]
        places = torch.randint(config.held_out, config.pool, (config.forms, config.points), generator=self.random)
        points, away = self.points.batch(chosen, places)
        codes = self.codes[chosen]
        found = self.network.fold(codes)(points)
        error = (found.clamp(-config.reach, config.reach) - away).abs().mean() / config.reach
        penalty = codes.square().sum(1).mean()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(error + config.code_penalty * penalty)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return {"error": float(error.detach()), "code_length": float(penalty.detach().sqrt())}

    @torch.no_grad()
    def _follow(self) -> None:
        half_life = max(1.0, min(float(self.config.average_steps), self.step * 0.08))
        share = 1 - 0.5 ** (1 / half_life)
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, share)
        self.average_codes.lerp_(self.codes, share)

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """The mean absolute error of the averaged network on held-out points, as a part of `reach`, and its signs."""
        reach, held_out = self.config.reach, self.config.held_out
        error = wrong = 0.0
        for start in range(0, len(self.points), _MEASURED_AT_ONCE):
            own = slice(start, start + _MEASURED_AT_ONCE)
            chosen = self.points.points[own, :held_out]
            found = self.average.fold(self.average_codes[own])(chosen[..., :3]).clamp(-reach, reach)
            error += float((found - chosen[..., 3]).abs().mean(1).sum()) / reach
            wrong += float(((found < 0) != (chosen[..., 3] < 0)).float().mean(1).sum())
        return {"score": error / len(self.points), "wrong_side": wrong / len(self.points)}

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "codes": self.codes.detach(),
            "average_codes": self.average_codes,
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
        }

    @torch.no_grad()
    def load_state(self, state: dict[str, Any]) -> None:
        """Carry on from such a state."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.codes.copy_(state["codes"])
        self.average_codes.copy_(state["average_codes"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"])

    def digest(self) -> str:
        """SHA-256 of the trained weights as they are now."""
        return loop.weights_digest(self.network)

    def show(self, folder: Path, name: str) -> None:
        """Two learnt forms of each family, and one half-way between them."""
        sdf_samples.write_sheet(self.finished(), folder / f"{name}.png")

    @torch.no_grad()
    def finished(self) -> DistanceField:
        """The averaged network with the averaged latents, equally many of each family."""
        for family in range(len(self.average.codes)):
            own = self.average_codes[self.points.families == family]
            self.average.codes[family] = own[: self.per_family]
        return self.average


def half(module: nn.Module) -> dict[str, Tensor]:
    """All tensors of a module in half precision, as they are shipped."""
    return {name: tensor.half().contiguous() for name, tensor in module.state_dict().items()}


def train(
    config: SdfConfig,
    *,
    dataset_dir: Path,
    run_dir: Path,
    progress: loop.Progress,
    until: int | None = None,
    stop: loop.Stop = lambda: False,
    corpus: Path | None = None,
) -> loop.Finished:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`; `corpus` is not used.

    Raises Interrupted when `stop()` turns true, StateMismatch for a state of another configuration.
    """
    with loop.settled(config.threads):
        points = PointSet(frozen.load(dataset_dir), pool=config.pool, reach=config.reach)
        trainer = SdfTrainer(config, points)
        last = loop.run(
            trainer,
            schedule=config.schedule(),
            configuration=repr(config),
            run_dir=run_dir,
            progress=progress,
            until=until,
            stop=stop,
        )
        network = trainer.finished()
        sdf_samples.write_photographs(network, run_dir / "samples.png")
    document = network.arch.document()
    return loop.Finished(
        engine="sculpture",
        kind="sculpture",
        steps=trainer.step,
        metrics=last,
        weights_digest=loop.weights_digest(network),
        files={
            "weights.safetensors": save(half(network)),
            "architecture.json": (json.dumps(document, indent=2) + "\n").encode(),
        },
        samples=("samples.png",),
        details={"families": list(network.arch.families)},
    )
