"""The bell rings through every broker that the site can run on, and a bell that nobody hears only delays."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError

from common import storage
from common.models import OutboxDelivery
from generation import jobs
from generation.models import Piece, Slot
from licensing.models import LogLeaf, SignedFile
from marketplace.models import Preview
from tests import factories
from tests.conftest import missing
from tests.faults.workers import Workers, tiny_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.slow]

BROKERS = {
    "the embedded broker": "filesystem://",
    "Redis": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
    "RabbitMQ": os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
QUEUES = ("generation", "house")
BELLS = tuple(f"generation.{queue}" for queue in settings.GENERATION_QUEUES)
SIDE = {"width": 256, "height": 256}
REQUEST = f"""
from common.models import User
from generation import jobs
from generation.models import Checkpoint
jobs.request(
    requested_by=User.objects.get(), checkpoint=Checkpoint.objects.get(), parameters={SIDE}, seed=1, count=2
)
"""


@contextmanager
def emptied(broker: str) -> Iterator[None]:
    """Skips without the server; the house's queues on it are empty before and after, all others stay untouched."""
    url = BROKERS[broker]
    if url == BROKERS["the embedded broker"]:
        yield
        return
    try:
        purge(url)
    except OperationalError:
        missing(broker)
    yield
    purge(url)


def purge(url: str) -> None:
    with Connection(url, connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        for queue in (*QUEUES, *BELLS):
            channel: Any = connection.channel()
            try:
                channel.queue_purge(queue)
            except connection.channel_errors:  # nobody has made it yet
                continue


def workers_of(folder: Path, broker: str) -> Workers:
    """Workers whose embedded queue, too, is one that this process does not ring in."""
    return Workers(folder, broker=BROKERS[broker], VAR_DIR=str(folder / "var"))


def all_papered_and_shown() -> bool:
    owed = OutboxDelivery.objects.filter(done_at__isnull=True).exists()
    return SignedFile.objects.count() == Preview.objects.count() == 2 and not owed


@pytest.mark.parametrize("broker", BROKERS)
def test_a_bell_is_all_it_takes_to_have_pieces_made_and_papered(broker: str, tmp_path: Path) -> None:
    tiny_checkpoint(tmp_path / "checkpoints")
    factories.user()
    with emptied(broker), workers_of(tmp_path, broker) as workers:
        for queue in QUEUES:
            workers.start(queue)
        workers.wait_until_ready(2, within=60)
        workers.manage("shell", "--no-imports", "-c", REQUEST)
        workers.wait_until(all_papered_and_shown, within=60)
    assert workers.log().count(f"Connected to {BROKERS[broker].split(':')[0]}:") == 2
    assert sorted(Piece.objects.values_list("seed", flat=True)) == [1, 2]
    assert set(Slot.objects.values_list("state", "attempts", "fence")) == {("finished", 1, 1)}
    assert list(LogLeaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1]
    for file in SignedFile.objects.all():
        assert hashlib.sha256(storage.read("masters", file.name)).hexdigest() == file.sha256
    assert set(Preview.objects.values_list("piece_id", "width")) == {
        (pk, 256) for pk in Piece.objects.values_list("pk", flat=True)
    }


def test_a_bell_that_nobody_hears_only_delays_until_the_scheduler_rings(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoints")
    with workers_of(tmp_path, "the embedded broker") as workers:
        for queue in QUEUES:
            workers.start(queue)
        workers.wait_until_ready(2, within=60)
        jobs.request(requested_by=factories.user(), checkpoint=checkpoint, parameters=SIDE, seed=1, count=2)
        assert not list((tmp_path / "var" / "queue").iterdir())
        assert set(Slot.objects.values_list("state", "attempts")) == {("waiting", 0)}
        workers.start_clock()
        workers.wait_until(all_papered_and_shown, within=60)
    assert sorted(Piece.objects.values_list("seed", flat=True)) == [1, 2]
    assert set(Slot.objects.values_list("state", "attempts")) == {("finished", 1)}
