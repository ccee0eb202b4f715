"""What the house says of a file, and what it costs the web process to say it."""

import io
import threading
import time

import pytest

from licensing.provenance import inquiry
from tests.racing import race


class Watched(io.BytesIO):
    """A file that knows how many of its kind are in memory at once."""

    now, most = 0, 0
    guard = threading.Lock()

    def read(self, size: int | None = -1) -> bytes:
        with self.guard:
            Watched.now += 1
            Watched.most = max(Watched.most, Watched.now)
        time.sleep(0.05)
        with self.guard:
            Watched.now -= 1
        return super().read(size)


@pytest.mark.django_db(transaction=True)
def test_one_file_at_a_time_is_in_the_memory_of_a_process() -> None:
    inquiry.look_into(io.BytesIO(b"warm"), name="warm")
    answers = race([lambda: inquiry.look_into(Watched(b"nothing"), name="x")] * 4)
    assert [one.report.overall.value for one in answers if isinstance(one, inquiry.Found)] == ["none"] * 4
    assert Watched.most == 1
