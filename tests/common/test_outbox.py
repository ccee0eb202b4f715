"""What is owed to a handler is carried out, once it can be, and one failure holds up nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from common import outbox
from common.models import OutboxDelivery, OutboxEvent
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """A handler of the topic `tests.happened` that writes down what it hears."""
    payloads: list[dict[str, Any]] = []
    outbox.subscribe("tests.happened", "tests.listener", payloads.append)
    yield payloads
    outbox.unsubscribe("tests.happened", "tests.listener")


def test_an_event_reaches_its_handler_once(heard: list[dict[str, Any]]) -> None:
    outbox.emit("tests.happened", number=1)
    assert (outbox.deliver_due(), outbox.deliver_due()) == (1, 0)
    assert heard == [{"number": 1}]


def test_an_event_of_a_transaction_that_fails_never_happened(heard: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        outbox.emit("tests.happened", number=1)
        transaction.set_rollback(True)
    assert outbox.deliver_due() == 0
    assert not OutboxEvent.objects.exists()
    assert heard == []


def test_a_handler_that_fails_is_tried_again_later_and_holds_up_no_other(settings: Any) -> None:
    settings.OUTBOX_RAISES = False
    heard: list[int] = []

    def choosy(payload: dict[str, Any]) -> None:
        if payload["number"] == 1 and not heard.count(2):
            raise ValueError("not yet")
        heard.append(payload["number"])

    outbox.subscribe("tests.happened", "tests.choosy", choosy)
    try:
        outbox.emit("tests.happened", number=1)
        outbox.emit("tests.happened", number=2)
        assert outbox.deliver_due() == 1
        owed = OutboxDelivery.objects.get(done_at__isnull=True)
        assert (owed.attempts, owed.error) == (1, "ValueError: not yet")
        assert owed.due_at > timezone.now()
        OutboxDelivery.objects.filter(pk=owed.pk).update(due_at=timezone.now())
        assert outbox.deliver_due() == 1
    finally:
        outbox.unsubscribe("tests.happened", "tests.choosy")
    assert heard == [2, 1]


def test_a_drain_that_dies_leaves_its_delivery_due_after_the_lease(heard: list[dict[str, Any]]) -> None:
    outbox.emit("tests.happened", number=1)
    OutboxDelivery.objects.update(due_at=timezone.now() + outbox.LEASE, attempts=1)
    assert outbox.deliver_due() == 0
    OutboxDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert outbox.deliver_due() == 1
    assert len(heard) == 1


@pytest.mark.concurrency
def test_four_drains_at_once_deliver_each_event_once(heard: list[dict[str, Any]]) -> None:
    for number in range(20):
        outbox.emit("tests.happened", number=number)
    delivered = race([outbox.deliver_due] * 4)
    assert sum(count for count in delivered if isinstance(count, int)) == 20
    assert sorted(payload["number"] for payload in heard) == list(range(20))
