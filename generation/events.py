"""How a job goes on, as server-sent events: what changed since the client last heard, read from the rows.

The id of an event is all that the client knows after it, one mark for each slot, so any process can go on with a stream
from `Last-Event-ID` and nothing is kept between two. Knows nothing of HTTP but the form of an event.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from generation.models import Slot

__all__ = ["HEARTBEAT_SECONDS", "OVER", "Feed"]

HEARTBEAT_SECONDS = 15.0
# Ends the id of the last event of a job: whoever comes back with it is told that there is no more.
OVER = "!"
_MARKS = {"waiting": "w", "claimed": "c", "finished": "f", "failed": "x", "cancelled": "n"}
_ID = re.compile(r"[wcfxn][0-9/]{0,11}(?:\.[wcfxn][0-9/]{0,11}){0,255}!?")
_COLUMNS = ("index", "state", "steps_done", "steps_total", "piece__id", "error_code", "error_detail")


@dataclass
class Feed:
    """The events of one job for one listener. `seen` is the listener's `Last-Event-ID`; anything else begins anew."""

    job_id: UUID
    seen: str = ""
    is_over: bool = False
    _marks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.seen):
            self._marks = self.seen.removesuffix(OVER).split(".")
            self.is_over = self.seen.endswith(OVER)

    def news(self) -> str:
        """One event with the slots that changed, in one query, or nothing. At the end of the job, a last one `done`."""
        slots = list(Slot.objects.filter(job_id=self.job_id).order_by("index").values(*_COLUMNS))
        marks = [_mark(slot) for slot in slots]
        changed = [
            slot
            for slot, mark in zip(slots, marks, strict=True)
            if slot["index"] >= len(self._marks) or self._marks[slot["index"]] != mark
        ]
        ended = all(slot["state"] not in (Slot.State.WAITING, Slot.State.CLAIMED) for slot in slots)
        text = ""
        progress = dict.fromkeys(Slot.State.values, 0) | Counter(slot["state"] for slot in slots)
        if changed:
            text = _event("progress", ".".join(marks), {"progress": progress, "slots": [_seen(one) for one in changed]})
        if ended and not self.is_over:
            text += _event("done", ".".join(marks) + OVER, {"progress": progress})
            self.is_over = True
        self._marks = marks
        return text


def _mark(slot: dict[str, Any]) -> str:
    """A letter for the state; while it is made, also the step."""
    mark = _MARKS[slot["state"]]
    return f"{mark}{slot['steps_done']}/{slot['steps_total']}" if slot["state"] == Slot.State.CLAIMED else mark


def _seen(slot: dict[str, Any]) -> dict[str, Any]:
    piece = slot["piece__id"]
    shown = {name: slot[name] for name in ("index", "state", "steps_done", "steps_total")}
    shown["piece"] = None if piece is None else str(piece)
    failed = {name: slot[name] for name in ("error_code", "error_detail")}
    return shown | (failed if slot["error_code"] else {})


def _event(name: str, key: str, data: dict[str, Any]) -> str:
    # JSON has its line feeds escaped, so that one line of data is enough whatever an error says.
    return f"event: {name}\nid: {key}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
