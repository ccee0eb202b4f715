"""A real engine on tiny weights that fails where a test tells it to, and remembers what it was asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generation import engines
from generation.engines.base import Engine, EngineError, Made, OnStep, OutOfMemory, Request, ignore_steps

__all__ = ["Troubled", "Troubles"]


@dataclass
class Troubles:
    """What goes wrong. `at_piece` is called with the number of pieces made so far in one call, before each."""

    refused: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    most_slots: int = 64
    memory_bytes: int = 1000
    at_piece: Callable[[int], None] = lambda _: None
    asked: list[tuple[list[int], int]] = field(default_factory=list)
    inputs: list[dict[str, bytes]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def load(self, engine: str, folder: Path, **options: Any) -> Engine:
        """Takes the place of `engines.load`."""
        self.loaded.append(folder.name)
        return Troubled(engines.load(engine, folder, **options), self)


class Troubled:
    """Passes everything on to the real engine, unless it is to fail."""

    def __init__(self, engine: Engine, troubles: Troubles) -> None:
        self._engine = engine
        self._troubles = troubles
        self.slot_counts = engine.slot_counts
        self.profile = engine.profile
        self.estimate_seconds = engine.estimate_seconds

    @classmethod
    def load(cls, folder: Path, *, weights_sha256: str, device: str = "cpu", threads: int = 1) -> "Troubled":
        raise NotImplementedError("loaded through Troubles")

    @property
    def memory_bytes(self) -> int:
        return self._troubles.memory_bytes

    def generate(
        self, requests: Sequence[Request], *, slots: int | None = None, on_step: OnStep = ignore_steps
    ) -> Iterator[Made]:
        seeds = [request.seed for request in requests]
        self._troubles.asked.append((seeds, slots or 0))
        self._troubles.inputs += [dict(request.inputs) for request in requests]
        if (slots or 8) > self._troubles.most_slots:
            raise OutOfMemory()
        for seed in seeds:
            if seed in self._troubles.refused:
                raise EngineError("too_dark", "This seed is too dark to paint; ask for another.")
            if seed in self._troubles.broken:
                raise ZeroDivisionError("division by zero")
        made = self._engine.generate(requests, slots=slots, on_step=on_step)
        for number in range(len(requests)):
            self._troubles.at_piece(number)
            yield next(made)
