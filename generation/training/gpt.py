"""Training of small causal language models (GPT-2 of transformers) on verse and prose.

    python -m generation.training.gpt CONFIG.toml --corpus FILE --out FOLDER

Matrices learn by Muon, embeddings and norms by AdamW. Batches hold pieces of about one length, so that hardly any
work goes to padding. Deterministic from its configuration and resumable to the bit; the common loop does the rest.
"""

import hashlib
import json
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from generation.engines.gpt import network
from generation.training import frozen, loop
from generation.training.gpt_config import GptConfig
from generation.training.muon import Muon
from generation.training.parallel import Parallel
from generation.training.surprise import Surprise, batches, nats
from generation.training.text.reading import Reading, Tokens, reading_of

__all__ = ["GptTrainer", "architecture", "parse", "train"]

_HELD_TOKENS = 4096

parse = GptConfig.parse


class GptTrainer:
    """One run in the making: the network, its average, both optimisers, and the place in the reading.

    `begun` runs get their weights from a saved state and need none to begin with.
    """

    def __init__(self, config: GptConfig, reading: Reading, *, begun: bool = False) -> None:
        self.config, self.reading, self.parallel = config, reading, Parallel(config.precision)
        document = architecture(config, reading)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.model, self.average = network(document, dropout=config.dropout), network(document)
        vectors = None if begun else reading.vectors(config.width, config.seed)
        if vectors is not None:
            with torch.no_grad():
                self.model.transformer.wte.weight.copy_(vectors)
        self.average.load_state_dict(self.model.state_dict())
        for model in (self.model, self.average):
            model.to(self.parallel.device)  # type: ignore[arg-type]
        self.average.requires_grad_(False).train(False)
        self.surprise, self.optimisers = self.parallel.prepare(Surprise(self.model), self._optimisers())
        self.step = self.epoch = self.place = 0
        self.plan: list[list[Tokens]] = []

    def _optimisers(self) -> list[torch.optim.Optimizer]:
        matrices: list[torch.nn.Parameter] = []
        others: list[torch.nn.Parameter] = []
        for name, parameter in self.model.named_parameters():
            (matrices if parameter.ndim == 2 and ".h." in name else others).append(parameter)
        muon = Muon(matrices, lr=self.config.matrix_rate, weight_decay=self.config.weight_decay)
        return [muon, torch.optim.AdamW(others, lr=self.config.rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)]

    def advance(self) -> dict[str, float]:
        """One step over one batch; then the average follows."""
        pace = self.config.pace(self.step)
        for optimiser, rate in zip(self.optimisers, (self.config.matrix_rate, self.config.rate), strict=True):
            optimiser.param_groups[0]["lr"] = rate * pace
            optimiser.zero_grad(set_to_none=True)
        self.model.train()
        with torch.random.fork_rng(devices=[]):
            # Dropout of a step depends on nothing but the step.
            torch.manual_seed(self.config.seed % 2**32 + self.step)
            loss = nats(self.surprise, self.parallel.part(self._next()), self.parallel.device).mean()
        self.parallel.backward(loss)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self._follow()
        return {"loss": float(loss.detach()), "epoch": self.epoch + self.place / max(1, len(self.plan))}

    def _next(self) -> list[Tokens]:
        if self.place >= len(self.plan):
            self.epoch += bool(self.plan)
            self.place = 0
            self._make_plan()
        self.place += 1
        return self.plan[self.place - 1]

    def _make_plan(self) -> None:
        """The batches of an epoch, in an order and with conditions that its number decides."""
        random = np.random.default_rng([self.config.seed, self.epoch])
        made = batches(self.reading.draw(random), self.config.batch_tokens)
        self.plan = [made[place] for place in random.permutation(len(made))]

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the network, more closely in the beginning."""
        share = 1 - 0.5 ** (1 / max(1.0, min(self.config.average_steps, self.step * 0.1)))
        for kept, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
            kept.lerp_(new, share)

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """Mean nats on held-out texts, without any condition, by the averaged network."""
        surprise, device = Surprise(self.average), self.parallel.device
        parts = [nats(surprise, batch, device) for batch in batches(self.reading.held, _HELD_TOKENS)]
        return {"score": float(torch.cat(parts).mean())}

    def state(self) -> dict[str, Any]:
        """Networks, optimisers and the place in the reading."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "reading": [self.epoch, self.place],
            "schedule": [self.config.steps, self.config.decay_steps],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Carry on from such a state. Raises StateMismatch where another schedule has begun to slow down already."""
        self.epoch, self.place = state["reading"]
        steps, decay = state["schedule"]
        done = int(state["optimisers"][1]["state"][0]["step"])
        changed = (steps, decay) != (self.config.steps, self.config.decay_steps)
        if changed and done > min(steps - decay, self.config.steps - self.config.decay_steps):
            raise loop.StateMismatch("the saved run was slowing down to its end; its length cannot be changed")
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self._make_plan()

    def digest(self) -> str:
        """SHA-256 of the network's weights."""
        return loop.weights_digest(self.model)

    def show(self, folder: Path, name: str) -> None:
        """Write a few texts of the averaged network."""
        self.reading.show(self.average, folder / f"{name}.txt")


def architecture(config: GptConfig, reading: Reading) -> dict[str, Any]:
    """What the engine needs to know of a checkpoint, as `architecture.json` holds it."""
    return {
        "text": config.text,
        "vocabulary": len(reading.ids),
        "positions": reading.positions,
        "width": config.width,
        "layers": config.layers,
        "heads": config.heads,
        **reading.told,
    }


def train(
    config: GptConfig,
    *,
    dataset_dir: Path,
    run_dir: Path,
    progress: loop.Progress,
    until: int | None = None,
    stop: loop.Stop = lambda: False,
    corpus: Path | None = None,
) -> loop.Finished:
    """Train to the end (or to step `until`), carrying on from the state in `run_dir`; `corpus` is the texts' file.

    Raises CorpusError for texts other than the frozen ones, Interrupted when `stop()` turns true, StateMismatch for a
    state of another configuration.
    """
    with loop.settled(config.threads):
        # Filling memory before it is written costs a thirtieth of the time, and nothing here reads it unwritten.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        reading = reading_of(config, frozen.load(dataset_dir), corpus)
        trainer = GptTrainer(config, reading, begun=(run_dir / "state.pt").exists())
        last = loop.run(
            trainer,
            schedule=config.schedule(),
            configuration=config.identity,
            run_dir=trainer.parallel.folder(run_dir),
            progress=progress,
            until=until,
            stop=stop,
        )
        trainer.show(run_dir, "samples")
    return _finished(trainer, last)


def _finished(trainer: GptTrainer, last: dict[str, Any]) -> loop.Finished:
    document = architecture(trainer.config, trainer.reading)
    tokenizer = trainer.reading.tokenizer.to_str(pretty=True).encode()
    tensors = {
        name: tensor.detach().cpu().half().contiguous()
        for name, tensor in trainer.average.state_dict().items()
        if name != "lm_head.weight"  # the embeddings once more
    }
    weights = save(tensors, metadata={"tokenizer_sha256": hashlib.sha256(tokenizer).hexdigest()})
    return loop.Finished(
        engine="gpt",
        kind="text",
        steps=trainer.step,
        metrics=last,
        weights_digest=loop.weights_digest(trainer.average),
        files={
            "weights.safetensors": weights,
            "architecture.json": (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode(),
            "tokenizer.json": tokenizer,
        },
        samples=("samples.txt",),
        details={"language": document["language"]},
    )


def _main() -> int:
    parser = ArgumentParser(prog="python -m generation.training.gpt", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="where state, metrics and the finished files go")
    parser.add_argument("--datasets", type=Path, default=Path("datasets"))
    options = parser.parse_args()
    config = parse(options.config.read_text(encoding="utf-8"))

    def tell(metrics: dict[str, Any]) -> None:
        sys.stdout.write(loop.describe(metrics) + "\n")
        sys.stdout.flush()

    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    try:
        finished = train(
            config,
            dataset_dir=options.datasets / config.dataset,
            run_dir=options.out,
            corpus=options.corpus,
            progress=tell,
            stop=lambda: bool(asked),
        )
    except loop.Interrupted as stopped:
        sys.stdout.write(f"{stopped}\n")
        return 1
    for name, content in finished.files.items():
        (options.out / name).write_bytes(content)
    sys.stdout.write(f"{finished.steps} steps; weights {finished.weights_digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
