"""The embedded broker hands every message to one reader, whole, however many write and read at once."""

import threading
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES

from common.broker import Transport
from tests.racing import race


# Each test names its own queue: kombu remembers per process which queues are bound, whatever their folder.
def connect(folder: Path) -> Any:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection(transport=Transport, transport_options=options)


def test_celery_uses_it_for_the_filesystem_scheme() -> None:
    import config.celery  # noqa: F401

    assert TRANSPORT_ALIASES["filesystem"] == "common.broker:Transport"


def test_messages_keep_their_order_and_are_read_once(tmp_path: Path) -> None:
    with connect(tmp_path) as connection, connection.SimpleQueue("bells") as queue:
        for number in range(3):
            queue.put({"number": number})
        taken = [queue.get_nowait() for _ in range(3)]
        assert sorted(message.payload["number"] for message in taken) == [0, 1, 2]
        with pytest.raises(Empty):
            queue.get_nowait()


def test_four_writers_and_four_readers_lose_and_double_nothing(tmp_path: Path) -> None:
    with connect(tmp_path) as connection, connection.SimpleQueue("race"):
        pass
    written = threading.Event()

    def write(writer: int) -> list[int]:
        with connect(tmp_path) as connection, connection.SimpleQueue("race") as queue:
            for number in range(100):
                queue.put({"number": 100 * writer + number})
        return []

    def read() -> list[int]:
        numbers: list[int] = []
        with connect(tmp_path) as connection, connection.SimpleQueue("race") as queue:
            while not (written.is_set() and not list(tmp_path.glob("*.msg"))):
                try:
                    message = queue.get_nowait()
                except Empty:
                    continue
                numbers.append(message.payload["number"])
                message.ack()
        return numbers

    def write_all() -> list[int]:
        try:
            failures = [outcome for outcome in race([partial(write, writer) for writer in range(4)]) if outcome]
        finally:
            written.set()
        return failures  # type: ignore[return-value]

    outcomes = race([write_all, read, read, read, read])
    assert outcomes[0] == []
    numbers = sorted(number for outcome in outcomes[1:] for number in outcome)  # type: ignore[union-attr]
    assert numbers == list(range(400))
