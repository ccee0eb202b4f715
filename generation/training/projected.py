"""Adversarial training against frozen features: first the features are learned, then the palette field.

The palette field begins as the decoder of a variational autoencoder, which teaches it cheaply to draw every family;
then the critic takes over, and rebuilding goes on now and then so that no kind of picture is forgotten. Every picture
is judged at 64 px, however far the backbone has grown: fields of 16 or 32 px are painted large.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.engines.palette_field import PaletteField
from generation.training import loop, manifest, palette_files, samples
from generation.training.config import ConfigError
from generation.training.feature_critic import SIDE, Encoder, FeatureBody, FeatureCritic, Projection
from generation.training.held_out import HeldOut
from generation.training.pictures import OnDevice, Pictures
from generation.training.projected_config import ProjectedConfig, Task
from generation.training.replay import Replayer

__all__ = ["ProjectedTrainer", "parse", "train"]

_LESSON, _MEASURED = 64, 512
_LESSON_RATE, _ENCODER_RATE = 1e-3, 1e-3
_MEAN_LATENTS = 4096

parse = ProjectedConfig.parse


class ProjectedTrainer:
    """One run in the making: generator, critic and average, the frozen features, one stream of random numbers."""

    def __init__(self, config: ProjectedConfig, pictures: Pictures) -> None:
        self.config = config
        self.pictures = pictures
        self.device = torch.device(config.device)
        families = pictures.dataset.families
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.generator = PaletteField(config.architecture(families))
            self.average = PaletteField(config.architecture(families)).requires_grad_(False)
            self.critic = FeatureCritic(config.feature_widths, config.critic_widths, len(families))
            self.features = FeatureBody(config.feature_widths, len(families))
            self.projection = Projection(config.feature_widths).requires_grad_(False)
            self.encoder = Encoder(config.feature_widths[-1], config.latent)
        self.average.load_state_dict(self.generator.state_dict())
        for network in self._networks().values():
            network.to(self.device)
        # What is chosen by lot is drawn on the processor; noise, which is much more, where it is needed.
        self.random = torch.Generator().manual_seed(config.seed)
        self.noise = self.random if self.device.type == "cpu" else torch.Generator(self.device).manual_seed(config.seed)
        self.held_out = HeldOut(pictures.dataset, count=config.held_out, device=self.device)
        self.replayer = Replayer(self.device, self.noise)
        self.training = OnDevice(pictures, SIDE, self.device) if self.device.type != "cpu" else None
        self.step = 0
        self.generator_optimiser = _adam(self.generator, config.learning_rate, self.device)
        encoder = _adam(self.encoder, _ENCODER_RATE, self.device).param_groups[0]
        self.generator_optimiser.add_param_group(encoder)
        self.critic_optimiser = _adam(self.critic, config.critic_rate, self.device)

    def _networks(self) -> dict[str, nn.Module]:
        names = ("features", "projection", "generator", "encoder", "critic", "average")
        return {name: getattr(self, name) for name in names}

    def advance(self) -> Mapping[str, Tensor]:
        """One step: rebuilding at first, then critic and generator; then the average follows. Returns the losses."""
        losses = self._learn_features() if self.step == 0 else {}
        ease = self.config.ease(self.step)
        _pace(self.generator_optimiser, self.config.learning_rate * ease)
        _pace(self.critic_optimiser, self.config.critic_rate * ease)
        task = self.config.task(self.step)
        weight = torch.tensor(self.config.rebuild_weight * ease if task.compete else 1.0, device=self.device)
        real, family = self._real()
        given = (real, family, self._shifts(), self._shifts(), weight)
        losses |= self.replayer.run(task, partial(self._carry_out, task), *given)
        self.step += 1
        self._follow()
        return losses

    def _carry_out(
        self, task: Task, real: Tensor, family: Tensor, shifts: Tensor, real_shifts: Tensor, weight: Tensor
    ) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        self.generator_optimiser.zero_grad(set_to_none=True)
        with self._precision():
            if task.rebuild:
                losses |= self._rebuild(task, real, family, weight)
            if task.compete:
                losses |= self._compete(task, _shifted(real, real_shifts), family, shifts)
        if task.listen:
            self.generator_optimiser.step()
        return losses

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bf16")

    def _learn_features(self) -> dict[str, Tensor]:
        """Train the features before the first step, then freeze them."""
        self.features.requires_grad_(True)
        optimiser = torch.optim.Adam(self.features.parameters(), _LESSON_RATE, fused=True)
        loss = torch.zeros(())
        for done in range(self.config.feature_steps):
            optimiser.param_groups[0]["lr"] = _LESSON_RATE * min(1.0, 1.05 - done / self.config.feature_steps)
            real, family = self._real(_LESSON)
            optimiser.zero_grad(set_to_none=True)
            loss = self.features.lesson(_shifted(real, self._shifts(_LESSON)), family)
            torch.autograd.backward(loss)
            optimiser.step()
        self.features.requires_grad_(False)
        with torch.no_grad():
            self.projection.measure(self.features(self._real(_MEASURED)[0]))
        return {"features": loss.detach()}

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.noise, device=self.device)

    def _real(self, count: int | None = None) -> tuple[Tensor, Tensor]:
        count = count or self.config.batch
        chosen = torch.randint(len(self.pictures), (count,), generator=self.random)
        pictures = self.training.batch(chosen) if self.training else self.pictures.batch(chosen, SIDE)
        mirrored = (torch.rand(count, generator=self.random) < 0.5).to(self.device)
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
        return pictures, self.pictures.families[chosen].to(self.device)

    def _shifts(self, count: int | None = None) -> Tensor:
        """By how many pixels each picture is moved down and across: (count, 2)."""
        reach = self.config.shift
        chosen = torch.randint(2 * reach + 1, (count or self.config.batch, 2), generator=self.random)
        return (chosen - reach).to(self.device)

    def _painted(
        self, network: PaletteField, latent: Tensor, family: Tensor, random: torch.Generator, side: int
    ) -> Tensor:
        def noise(here: int) -> Tensor:
            return torch.randn(len(latent), 1, here, here, generator=random, device=self.device)

        style = network.style(latent, family)
        fields = network.fields(style, noise, side=side)
        return network.paint(style, *fields, size=SIDE)

    def _rebuild(self, task: Task, real: Tensor, family: Tensor, weight: Tensor) -> dict[str, Tensor]:
        """The loss of a variational autoencoder: what the picture's own latent paints, seen in pixels and features."""
        features = self.features(real)
        mean, variance = self.encoder(features[-1])
        latent = mean + torch.exp(0.5 * variance) * self._normal(*mean.shape)
        painted = self._painted(self.generator, latent, family, self.noise, task.side)
        pairs = zip(self.projection.even(self.features(painted)), self.projection.even(features), strict=True)
        missed = F.l1_loss(painted, real) * 2 + sum(F.l1_loss(made, true) for made, true in pairs) * 0.5
        cost = 0.5 * (mean.square() + variance.exp() - 1 - variance).sum(1).mean()
        torch.autograd.backward(weight * (missed + self.config.code_cost * cost))
        return {"rebuilt": missed.detach(), "code": cost.detach()}

    def _compete(self, task: Task, real: Tensor, family: Tensor, shifts: Tensor) -> dict[str, Tensor]:
        """The critic learns, and the generator is told; both are judged on the same painted pictures."""
        latent = self._normal(len(real), self.config.latent)
        painted = self._painted(self.generator, latent, family, self.noise, task.side)
        features = self.features(_shifted(painted, shifts))
        mixed = self.projection(features)
        critic = self._teach_critic(real, mixed, family)
        return {"critic": critic} | self._teach_generator(features[-1], mixed, family)

    def _teach_critic(self, real: Tensor, mixed: list[Tensor], family: Tensor) -> Tensor:
        with torch.no_grad():
            real_mixed = self.projection(self.features(real))
        self.critic_optimiser.zero_grad(set_to_none=True)
        both = [torch.cat([fake.detach(), true]) for fake, true in zip(mixed, real_mixed, strict=True)]
        on_fake, on_real = self.critic(both, torch.cat([family, family]), groups=2).chunk(2)
        loss = F.relu(1 + on_fake).mean() + F.relu(1 - on_real).mean()
        torch.autograd.backward(loss)
        self.critic_optimiser.step()
        return loss.detach()

    def _teach_generator(self, coarsest: Tensor, mixed: list[Tensor], family: Tensor) -> dict[str, Tensor]:
        """The critic's verdict, and a little of the features' own: is the family that was asked for seen at once?"""
        self.critic.requires_grad_(False)
        verdict = -self.critic(mixed, family).mean()
        named = F.cross_entropy(self.features.name(coarsest), family)
        torch.autograd.backward(verdict + self.config.guidance * named)
        self.critic.requires_grad_(True)
        return {"generator": verdict.detach(), "named": named.detach()}

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the generator; early on it follows closely, later with the set half-life."""
        shown = self.step * self.config.batch
        half_life = max(1.0, min(float(self.config.average_pictures), shown * 0.08))
        share = 1 - 0.5 ** (self.config.batch / half_life)
        torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), share)

    def measure(self) -> dict[str, float]:
        """`score`: KID of the averaged generator against pictures that no run trains on, on this run's own features."""
        side = self.config.side(self.step)

        def painter(latents: Tensor, families: Tensor, random: torch.Generator) -> Tensor:
            return self._painted(self.average, latents, families, random, side)

        return self.held_out.measure(self.features, painter, latent=self.config.latent, seed=self.config.seed)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {name: network.state_dict() for name, network in self._networks().items()} | {
            "generator_optimiser": self.generator_optimiser.state_dict(),
            "critic_optimiser": self.critic_optimiser.state_dict(),
            "random": self.random.get_state(),
            "noise": self.noise.get_state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Carry on from such a state."""
        for name, network in self._networks().items():
            network.load_state_dict(state[name])
        self.features.requires_grad_(False)
        self.generator_optimiser.load_state_dict(state["generator_optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.random.set_state(state["random"])
        self.noise.set_state(state["noise"])

    def digest(self) -> str:
        """SHA-256 of the generator as it is now."""
        return loop.weights_digest(self.generator)

    def show(self, folder: Path, name: str) -> None:
        """The averaged generator's pictures: one row for each family."""
        samples.write(self.average, folder / f"{name}.png", side=self.config.side(self.step))

    @torch.no_grad()
    def finished(self) -> PaletteField:
        """The averaged generator with the mean style of each family, which truncation pulls towards."""
        random = torch.Generator().manual_seed(self.config.seed)
        latents = torch.randn(_MEAN_LATENTS, self.config.latent, generator=random).to(self.device)
        for family in range(len(self.average.arch.families)):
            numbers = torch.full((_MEAN_LATENTS,), family, device=self.device)
            self.average.style_mean[family] = self.average.style(latents, numbers).mean(0)
        return self.average


def _adam(module: nn.Module, rate: float, device: torch.device) -> torch.optim.Adam:
    """On a GPU the rate is a tensor, so that a recorded step reads what it is by now."""
    on_gpu = device.type == "cuda"
    told = torch.tensor(rate, device=device) if on_gpu else rate
    return torch.optim.Adam(module.parameters(), lr=told, betas=(0.0, 0.99), fused=True, capturable=on_gpu)


def _pace(optimiser: torch.optim.Adam, rate: float) -> None:
    group = optimiser.param_groups[0]
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


def _shifted(pictures: Tensor, shifts: Tensor) -> Tensor:
    """Every picture moved by its own few pixels, the border held."""
    side, device = pictures.shape[-1], pictures.device
    places = (torch.arange(side, device=device) + shifts[..., None]).clamp(0, side - 1)
    each = torch.arange(len(pictures), device=device)[:, None, None]
    return pictures[each, :, places[:, 0, :, None], places[:, 1, None, :]].permute(0, 3, 1, 2)


def train(
    config: ProjectedConfig,
    *,
    dataset_dir: Path,
    run_dir: Path,
    progress: loop.Progress,
    until: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    corpus: Path | None = None,
) -> loop.Finished:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`; `corpus` is not used.

    Raises Interrupted when `stop()` turns true, StateMismatch for a state of another configuration, ConfigError for a
    GPU that is not there.
    """
    if config.device != "cpu" and not torch.cuda.is_available():
        raise ConfigError('this run wants a GPU, and torch finds none here: set device = "cpu" and far fewer steps')
    with loop.settled(config.threads):
        trainer = ProjectedTrainer(config, Pictures(manifest.load(dataset_dir)))
        last = loop.run(
            trainer,
            schedule=config.schedule(),
            configuration=repr(config),
            run_dir=run_dir,
            progress=progress,
            until=until,
            stop=stop,
        )
        generator = trainer.finished().to("cpu")
        samples.write(generator, run_dir / "samples.png")
    digest = loop.weights_digest(generator)
    return palette_files.finished(generator, steps=trainer.step, metrics=last, weights_digest=digest)
