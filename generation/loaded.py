"""The engines that a worker keeps in memory: the least recently used go when a budget is passed.

Runs in worker processes only; loading an engine is what loads torch.
"""

import gc
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from generation.engines import devices, load
from generation.engines.base import Engine
from generation.models import Checkpoint

__all__ = ["Engines", "Loaded"]

log = logging.getLogger(__name__)

# Weights are mostly kept in 16 bits and unpacked to 32.
_UNPACKED = 2
_SMALLER_SECONDS = 600.0


@dataclass
class Loaded:
    """An engine in memory, and how many slots of each batch key its device turned out to hold.

    What did not fit is tried again after ten minutes: somebody else may have had the memory.
    """

    engine: Engine
    _fits: dict[str, tuple[int, float]] = field(default_factory=dict)

    def slots(self, batch_key: str) -> int:
        """The largest declared number of slots that has not been too much for this key lately."""
        count, until = self._fits.get(batch_key, (0, 0.0))
        return count if time.monotonic() < until else self.engine.slot_counts[0]

    def shrink(self, batch_key: str) -> bool:
        """Go to the next smaller declared number of slots; False at the smallest."""
        smaller = [count for count in self.engine.slot_counts if count < self.slots(batch_key)]
        if smaller:
            self._fits[batch_key] = max(smaller), time.monotonic() + _SMALLER_SECONDS
        return bool(smaller)


class Engines:
    """Loads an engine once and hands it out again, under `MODEL_MEMORY_MB`; the one in use always stays."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()

    def __len__(self) -> int:
        return len(self._loaded)

    def get(self, checkpoint: Checkpoint) -> Loaded:
        """The checkpoint's engine, loaded if need be. Raises EngineError."""
        digest = checkpoint.weights_sha256
        if digest not in self._loaded:
            folder = settings.CHECKPOINT_DIR / checkpoint.folder
            self._make_room(_expected_bytes(folder))
            engine = load(
                checkpoint.engine,
                folder,
                weights_sha256=digest,
                device=settings.DEVICE,
                threads=settings.ENGINE_THREADS,
            )
            self._loaded[digest] = Loaded(engine)
        self._loaded.move_to_end(digest)
        self._make_room(0, keep=1)
        return self._loaded[digest]

    def drop_others(self, kept: Loaded) -> bool:
        """Give the memory of all other engines back; False if there were none."""
        others = [digest for digest, loaded in self._loaded.items() if loaded is not kept]
        for digest in others:
            del self._loaded[digest]
        if others:
            _release()
        return bool(others)

    def _make_room(self, wanted: int, keep: int = 0) -> None:
        budget = settings.MODEL_MEMORY_MB * 2**20
        dropped = False
        while len(self._loaded) > keep and self._bytes() + wanted > budget:
            digest, _ = self._loaded.popitem(last=False)
            log.info("the engine of weights %s leaves memory", digest[:12])
            dropped = True
        if dropped:
            _release()

    def _bytes(self) -> int:
        return sum(loaded.engine.memory_bytes for loaded in self._loaded.values())


def _expected_bytes(folder: Path) -> int:
    """About what the folder's weights will take: known before they are read, so that room is made first."""
    return _UNPACKED * sum(file.stat().st_size for file in folder.rglob("*.safetensors"))


def _release() -> None:
    gc.collect()
    devices.release()
