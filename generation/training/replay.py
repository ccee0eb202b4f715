"""The work of a step recorded once on a GPU and replayed: one launch instead of some thousands, which cost more."""

from collections.abc import Callable, Hashable

import torch
from torch import Tensor

__all__ = ["Replayer"]

_WARM = 3

Losses = dict[str, Tensor]
Work = Callable[..., Losses]


class _Recording:
    def __init__(self, inputs: tuple[Tensor, ...]) -> None:
        self.inputs = tuple(torch.empty_like(value).copy_(value) for value in inputs)
        self.graph = torch.cuda.CUDAGraph()
        self.losses: Losses = {}


class Replayer:
    """Runs work on tensors of fixed shapes; on a GPU from the fourth time on from a recording, elsewhere as it is.

    Everything that the work reads or changes stays at its place in memory, and nothing in it asks for a value.
    """

    def __init__(self, device: torch.device, random: torch.Generator) -> None:
        self._random = random
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]
        self._seen: dict[Hashable, int] = {}
        self._recordings: dict[Hashable, _Recording] = {}

    def run(self, key: Hashable, work: Work, *inputs: Tensor) -> Losses:
        """What `work(*inputs)` returns; `key` names whatever else decides on what it does."""
        if self._stream is None:
            return work(*inputs)
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            losses = self._replay(key, work, inputs)
        torch.cuda.current_stream().wait_stream(self._stream)
        return losses

    def _replay(self, key: Hashable, work: Work, inputs: tuple[Tensor, ...]) -> Losses:
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] <= _WARM:
            return work(*inputs)
        if key not in self._recordings:
            self._recordings[key] = self._record(work, inputs)
        recording = self._recordings[key]
        for place, value in zip(recording.inputs, inputs, strict=True):
            place.copy_(value)
        recording.graph.replay()
        return {name: loss.clone() for name, loss in recording.losses.items()}

    def _record(self, work: Work, inputs: tuple[Tensor, ...]) -> _Recording:
        recording = _Recording(inputs)
        recording.graph.register_generator_state(self._random)
        with torch.cuda.graph(recording.graph, stream=self._stream):
            recording.losses = work(*recording.inputs)
        return recording
