"""Chains: a picture composed by one checkpoint, restyled by the next, finished by others, each step on the record.

The document lists the steps with the digest of each one's weights; the checkpoints lie in sibling folders. Every step
gets the piece's seed, which each engine draws from in a stream of its own.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from generation import engines
from generation.engines import weights
from generation.engines.base import Engine, EngineError, Request, Step, Work
from generation.engines.method import Method, Progress
from generation.engines.parameters import chain as plans
from generation.engines.parameters import spec_of

__all__ = ["ChainEngine"]

_STAGES = 100


@dataclass(frozen=True)
class _Link:
    """One step of the plan with its loaded engine."""

    plan: plans.StepPlan
    engine: Engine

    def parameters(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The step's parameters, complete: what the plan fixes and what the piece asks for."""
        own = {name: asked[source] for name, source in self.plan.ask.items() if source in asked}
        return spec_of(self.plan.engine, self.plan.architecture).read({**self.plan.parameters, **own})

    def skipped(self, asked: Mapping[str, Any]) -> bool:
        return any(asked.get(name) == value for name, value in self.plan.unless.items())


class ChainEngine(Method):
    """The steps run one after another; the last one's work is the piece."""

    NAME = "chain"
    links: Sequence[_Link] = ()

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> Self:
        """Load the document and every component. Raises EngineError, also `component_altered`."""
        chain = super().load(folder, weights_sha256=weights_sha256, device=device, threads=threads)
        chain.links = [_linked(folder, plan, device, threads) for plan in _planned(folder, chain.document)]
        return chain

    @property
    def memory_bytes(self) -> int:
        """The weights of all components."""
        return sum(link.engine.memory_bytes for link in self.links)

    def estimate(self, request: Request) -> float:
        """What the steps take together."""
        used = [link for link in self.links if not link.skipped(request.parameters)]
        return sum(
            link.engine.estimate_seconds([Request(request.seed, link.parameters(request.parameters))]) for link in used
        )

    def stages(self, request: Request) -> int:
        """A hundred for each step that runs, shared out by its engine's own."""
        return _STAGES * sum(not link.skipped(request.parameters) for link in self.links)

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """The chain's own; its steps run on the same device with the same libraries."""
        return super().profile(slots=slots) | {
            f"step_{place}_slots": link.engine.slot_counts[0] for place, link in enumerate(self.links)
        }

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """Run the steps; each is told of as its engine tells of it, and any may be stopped."""
        work: Work | None = None
        data = b""
        steps: list[Step] = []
        for link in self.links:
            if link.skipped(request.parameters):
                continue
            inputs = {role: self._input(source, request, data) for role, source in link.plan.inputs.items()}
            parameters = link.parameters(request.parameters)
            work = _made(link.engine, Request(request.seed, parameters, inputs), progress)
            data = work.encode()
            steps.append(_recorded(link, request.seed, parameters, inputs, data))
        if work is None:
            raise weights.unknown(self.folder, "no step of the chain is left to run")
        return work, tuple(steps)

    def _input(self, source: str, request: Request, previous: bytes) -> bytes:
        if source == plans.PREVIOUS:
            return previous
        if source not in request.inputs:
            raise EngineError("input_missing", f"The input {source} is needed: a picture to work from.")
        return request.inputs[source]


def _planned(folder: Path, document: Mapping[str, Any]) -> list[plans.StepPlan]:
    try:
        return plans.parse(document)
    except ValueError as error:
        raise weights.unknown(folder, str(error)) from error


def _linked(folder: Path, plan: plans.StepPlan, device: str, threads: int) -> _Link:
    place = folder.parent / plan.checkpoint
    if weights.document(place) != plan.architecture:
        raise EngineError("component_altered", f"{plan.checkpoint} is not the component that the chain was made of.")
    loaded = engines.load(plan.engine, place, weights_sha256=plan.weights_sha256, device=device, threads=threads)
    return _Link(plan, loaded)


def _made(engine: Engine, request: Request, progress: Progress) -> Work:
    told = 0

    def on_step(done: int, of: int) -> None:
        nonlocal told
        while told < _STAGES * done // max(of, 1):
            told += 1
            progress.advance()

    work = next(iter(engine.generate([request], on_step=on_step))).work
    on_step(1, 1)
    return work


def _recorded(
    link: _Link, seed: int, parameters: Mapping[str, Any], inputs: Mapping[str, bytes], output: bytes
) -> Step:
    profile = link.engine.profile()
    return Step(
        engine=link.plan.engine,
        engine_version=str(profile["engine_version"]),
        checkpoint=link.plan.checkpoint,
        weights_sha256=link.plan.weights_sha256,
        seed=seed,
        parameters=json.loads(json.dumps(parameters)),
        inputs={role: hashlib.sha256(data).hexdigest() for role, data in inputs.items()},
        output_sha256=hashlib.sha256(output).hexdigest(),
    )
