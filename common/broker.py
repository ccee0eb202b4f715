"""The embedded broker: kombu's filesystem transport, with files that appear whole or not at all.

kombu 5.7 creates a message's file before it writes to it, so that a reader may take it away empty and fall over.
Here a file is written under a name that no reader looks at, and then renamed.
"""

import os
import uuid
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

__all__ = ["Channel", "Transport"]


class Channel(filesystem.Channel):
    """One connection to the folder of messages."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        # Names sort by time; a draft lacks the ending `.<queue>.msg` by which readers choose.
        name = f"{time_ns() // 1_000_000}_{uuid.uuid4()}"
        _write_whole(Path(self.data_folder_out) / f"{name}.{queue}.msg", dumps(payload))

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        self.control_folder.mkdir(exist_ok=True)
        file = self.control_folder / f"{exchange}.exchange"
        bound = [filesystem.exchange_queue_t(*row) for row in loads(file.read_text())] if file.exists() else []
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        if binding not in bound:
            _write_whole(file, dumps([binding, *bound]))


class Transport(filesystem.Transport):
    """Takes the place of kombu's own for `filesystem://` (see config/celery.py)."""

    Channel = Channel


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f"draft-{uuid.uuid4()}")
    draft.write_text(text)
    os.replace(draft, path)
