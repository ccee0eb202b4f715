"""Making one batch: what goes wrong with one request, with the memory or with the time harms nothing else in it.

Stopped        cancelled, taken over, or draining: what is not made goes back in line if it is still ours
OutOfMemory    other engines leave memory; then the next smaller declared number of slots, which the record names
anything else  each request again alone, in the same padded number of slots and so with the same bytes;
               one that an engine refuses has failed, one that fails otherwise is put off
"""

import logging
from collections.abc import Callable, Sequence

from django.utils import timezone

from common.source import code_commit
from generation import inputs, jobs
from generation.engines.base import EngineError, OutOfMemory, Request, Stopped
from generation.loaded import Engines, Loaded
from generation.models import Slot
from generation.storing import Making, Storing
from generation.watch import Watch

__all__ = ["Batch"]

log = logging.getLogger(__name__)


class Batch:
    """Claimed slots of one batch key, and the engine that makes them."""

    def __init__(
        self,
        slots: Sequence[Slot],
        loaded: Loaded,
        engines: Engines,
        *,
        watch: Watch,
        storing: Storing,
        draining: Callable[[], bool],
    ) -> None:
        self._groups = [list(slots)]
        self._key = slots[0].batch_key
        self._loaded = loaded
        self._engines = engines
        self._watch = watch
        self._storing = storing
        self._draining = draining

    def make(self) -> None:
        """Make all; each slot is then finished, failed, put off or given back."""
        while self._groups:
            group = self._groups.pop(0)
            error = self._together(group)
            if error is not None:
                self._recover(group, error)

    def _together(self, group: list[Slot]) -> Exception | None:
        """One call of the engine. Slots leave `group` as they are made; the error says why some are left."""
        self._watch.begin([slot for slots in (group, *self._groups) for slot in slots])
        slots = self._loaded.slots(self._key)
        try:
            making = Making(self._profile(slots), timezone.now())
            made = self._loaded.engine.generate(_requests(group), slots=slots, on_step=self._watch)
            for one in made:
                slot = group.pop(0)
                self._watch.made(slot)
                self._storing.put(slot, one, making)
                if group and self._draining():
                    return Stopped()
        except Exception as error:
            return _without_frames(error)
        return RuntimeError("the engine made fewer pieces than it was asked for") if group else None

    def _recover(self, group: list[Slot], error: Exception) -> None:
        if isinstance(error, Stopped):
            self._give_back([slot for slots in (group, *self._groups) for slot in slots])
        elif not group:
            log.error("the engine failed after its last piece", exc_info=error)
        elif isinstance(error, OutOfMemory | MemoryError):
            self._in_less_memory(group)
        elif len(group) > 1:
            self._groups[:0] = [[slot] for slot in group]
        else:
            self._refuse(group[0], error)

    def _give_back(self, slots: list[Slot]) -> None:
        self._groups = []
        jobs.give_back(slots)
        self._watch.settled(*slots)

    def _in_less_memory(self, group: list[Slot]) -> None:
        slots = self._loaded.slots(self._key)
        if self._engines.drop_others(self._loaded) or self._loaded.shrink(self._key):
            self._groups.insert(0, group)
            return
        for slot in group[:slots]:
            jobs.put_off(slot, code="out_of_memory", detail="The device's memory does not hold even one such piece.")
        self._watch.settled(*group[:slots])
        if group[slots:]:
            self._groups.insert(0, group[slots:])

    def _refuse(self, slot: Slot, error: Exception) -> None:
        if isinstance(error, EngineError):
            jobs.fail(slot, code=error.code, detail=error.detail)
        else:
            log.error("slot %s failed", slot, exc_info=error)
            jobs.put_off(slot, code="engine_failed", detail=f"{type(error).__name__}: {error}")
        self._watch.settled(slot)

    def _profile(self, slots: int) -> dict[str, str | int]:
        return {**self._loaded.engine.profile(slots=slots), "code_commit": code_commit()}


def _requests(slots: Sequence[Slot]) -> list[Request]:
    """One request for each slot; the input works of a job are read once."""
    contents = {slot.job_id: inputs.contents(slot.job) for slot in {slot.job_id: slot for slot in slots}.values()}
    return [Request(slot.seed, slot.job.parameters, contents[slot.job_id]) for slot in slots]


def _without_frames(error: Exception) -> Exception:
    """Frames hold tensors, and a full memory would stay full: those of an error that is about memory go."""
    if isinstance(error, OutOfMemory | MemoryError):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return error
