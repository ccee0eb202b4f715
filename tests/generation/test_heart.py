"""A worker's row beats while it lives, and bells are rung only where somebody hears them."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from django.utils import timezone

from generation import tasks
from generation.heart import Heart, heard, tidy
from generation.models import Worker
from tests import factories
from tests.generation.jobs.asking import ask


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def states() -> list[tuple[str, int]]:
    return list(Worker.objects.values_list("state", "pieces"))


def test_a_worker_says_what_it_does_until_it_is_gone(transactional_db: None) -> None:
    heart = Heart()
    heart.start()
    heart.start()
    wait_for(lambda: states() == [("idle", 0)])
    heart.say("working", pieces=3)
    wait_for(lambda: states() == [("working", 3)])
    heart.drain()
    heart.say("idle", pieces=1)
    wait_for(lambda: states() == [("draining", 4)])
    heart.stop()
    assert states() == [("gone", 4)]


@pytest.mark.django_db
def test_who_is_silent_is_called_gone_and_forgotten_after_a_day() -> None:
    now = timezone.now()
    for name, silent in (("alive", 5), ("killed", 90), ("long gone", 90_000)):
        Worker.objects.create(name=name, state="working", beat_at=now - timedelta(seconds=silent))
    tidy()
    assert dict(Worker.objects.values_list("name", "state")) == {"alive": "working", "killed": "gone"}


@pytest.mark.django_db
def test_a_queue_is_heard_by_a_living_worker_that_serves_it_or_everything() -> None:
    assert not heard("texts")
    Worker.objects.create(name="painter", queues="pictures,motion")
    Worker.objects.create(name="poet", queues="texts", state="gone")
    assert [heard(queue) for queue in ("pictures", "motion", "texts")] == [True, True, False]
    Worker.objects.create(name="all", queues="")
    assert heard("texts")


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(tasks.work, "apply_async", lambda **options: rung.append(options["queue"]))
    return rung


def test_the_scheduler_rings_for_what_waits_only_where_it_is_heard(transactional_db: None, bells: list[str]) -> None:
    ask(factories.checkpoint(architecture={"families": ["ridges"]}))
    assert bells == ["generation.pictures"], "a request rings at once"
    tasks.sweep()
    assert bells == ["generation.pictures"], "nobody lives who would hear"
    Worker.objects.create(name="painter", queues="pictures")
    tasks.sweep()
    assert bells == ["generation.pictures"] * 2


def test_a_queue_without_a_name_of_its_own_is_for_those_who_serve_everything(bells: list[str]) -> None:
    tasks.ring("holograms")
    assert bells == ["generation"]


@pytest.mark.parametrize(
    ("serves", "hears"),
    [
        (
            [],
            [
                "generation",
                "generation.diffusion",
                "generation.motion",
                "generation.pictures",
                "generation.sculptures",
                "generation.texts",
            ],
        ),
        (["texts", "motion"], ["generation.motion", "generation.texts"]),
    ],
)
def test_a_generation_worker_hears_the_bells_of_what_it_serves(
    serves: list[str], hears: list[str], settings: Any
) -> None:
    settings.WORKER_QUEUES = serves
    app = Celery("bells", set_as_current=False)
    app.amqp.queues.select(["generation"])
    tasks._hear(instance=SimpleNamespace(app=app))
    assert sorted(app.amqp.queues.consume_from) == hears


def test_a_house_worker_hears_no_bells() -> None:
    app = Celery("bells", set_as_current=False)
    app.amqp.queues.select(["house"])
    tasks._hear(instance=SimpleNamespace(app=app))
    assert list(app.amqp.queues.consume_from) == ["house"]
