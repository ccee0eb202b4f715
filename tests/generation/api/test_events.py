"""A job's events, heard by a real client from a real server: news, resuming, the end, and places that are few."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import uvicorn
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import tokens
from common.models import User
from generation import events, jobs
from generation.api import streams
from generation.models import Job, Slot
from tests import factories
from tests.api import client, refused
from tests.sandbox import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.2)


@pytest.fixture
def job() -> Job:
    model = factories.checkpoint(architecture={"families": ["waves"]})
    return jobs.request(requested_by=factories.user(), checkpoint=model, parameters={}, count=3, seed=5)


@pytest.fixture(params=["threads", "asgi"])
def server(request: pytest.FixtureRequest, live_server: Any) -> Iterator[str]:
    """Where events are served: by a web process's threads, or by the ASGI process that serves nothing else."""
    if request.param == "threads":
        yield live_server.url
        return
    from config.asgi import application

    port = free_port()
    config = uvicorn.Config(application, port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()))
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(20)


def listen(server: str, job: Job, person: User, **headers: str) -> requests.Response:
    _, secret = tokens.issue(user=person, name="A script", scopes=["generations:read"], days=7)
    given = {"Authorization": f"Bearer {secret}", "Accept": "text/event-stream", **headers}
    return requests.get(f"{server}/api/v1/generations/{job.pk}/events", headers=given, stream=True, timeout=20)


def told(response: requests.Response) -> Iterator[dict[str, Any]]:
    """Event by event, with its data read; comments and `retry` are passed over."""
    event: dict[str, Any] = {}
    for line in response.iter_lines(chunk_size=1, decode_unicode=True):
        name, _, value = line.partition(": ")
        if not line and "data" in event:
            yield {**event, "data": json.loads(event["data"])}
        if not line:
            event = {}
        elif name:
            event[name] = value


def finish(job: Job, index: int) -> str:
    [slot] = jobs.claim(owner="worker", limit=1)
    assert slot.index == index
    piece = jobs.finish(
        slot,
        media_type="image/png",
        content_sha256="ab" * 32,
        master_name="ab/ab.png",
        parameters={},
        profile={},
        started_at=job.created_at,
    )
    return str(piece.pk)


def test_a_listener_hears_each_change_once_and_then_the_end(server: str, job: Job) -> None:
    with listen(server, job, job.requested_by) as response:
        heard = told(response)
        assert response.headers["Content-Type"] == "text/event-stream"
        assert "no-cache" in response.headers["Cache-Control"]
        first = next(heard)
        assert (first["event"], first["id"]) == ("progress", "w.w.w")
        assert [slot["state"] for slot in first["data"]["slots"]] == ["waiting"] * 3

        piece = finish(job, 0)
        changed = next(heard)
        while changed["id"] != "f.w.w":
            changed = next(heard)
        assert changed["data"]["slots"][0] == {
            "index": 0,
            "state": "finished",
            "steps_done": 0,
            "steps_total": 0,
            "piece": piece,
        }
        assert len(changed["data"]["slots"]) == 1

        jobs.cancel(job=job, by=job.requested_by)
        rest = list(heard)
    assert [(event["event"], event["id"]) for event in rest] == [("progress", "f.n.n"), ("done", "f.n.n!")]
    assert rest[-1]["data"]["progress"]["cancelled"] == 2


def test_a_listener_that_comes_back_hears_only_what_is_new_and_is_told_when_there_is_no_more(
    server: str, job: Job
) -> None:
    finish(job, 0)
    with listen(server, job, job.requested_by, **{"Last-Event-ID": "w.w.w"}) as response:
        first = next(told(response))
    assert [slot["index"] for slot in first["data"]["slots"]] == [0]

    jobs.cancel(job=job, by=job.requested_by)
    with listen(server, job, job.requested_by, **{"Last-Event-ID": "f.w.w"}) as response:
        rest = list(told(response))
    assert [slot["index"] for slot in rest[0]["data"]["slots"]] == [1, 2]
    over = listen(server, job, job.requested_by, **{"Last-Event-ID": rest[-1]["id"]})
    assert (over.status_code, over.content) == (204, b"")


def test_silence_is_broken_so_that_nobody_in_between_hangs_up(server: str, job: Job) -> None:
    with listen(server, job, job.requested_by) as response:
        lines = response.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(line for line in lines if line.startswith(":")) == ": nothing new"


def test_strangers_and_guests_hear_nothing(server: str, job: Job) -> None:
    foreign = listen(server, job, factories.user())
    guest = requests.get(f"{server}/api/v1/generations/{job.pk}/events", timeout=20)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert (guest.status_code, guest.json()["code"]) == (401, "not_authenticated")


def test_steps_of_what_is_being_made_are_heard(server: str, job: Job) -> None:
    jobs.claim(owner="worker", limit=1)
    Slot.objects.filter(state="claimed").update(steps_done=3, steps_total=30)
    with listen(server, job, job.requested_by) as response:
        first = next(told(response))
    assert first["id"] == "c3/30.w.w"
    assert (first["data"]["slots"][0]["steps_done"], first["data"]["slots"][0]["steps_total"]) == (3, 30)


def test_whoever_finds_no_place_hears_the_news_and_is_told_to_come_back(
    live_server: Any, job: Job, settings: Any
) -> None:
    settings.EVENT_STREAMS = 1
    with listen(live_server.url, job, job.requested_by) as staying:
        next(told(staying))
        hurried = listen(live_server.url, job, job.requested_by)
        assert [event["event"] for event in told(hurried)] == ["progress"]
    assert "retry: 3000" in listen_text(live_server.url, job)


def listen_text(server: str, job: Job) -> str:
    with listen(server, job, job.requested_by) as response:
        return str(next(response.iter_content(64)), "utf-8")


def test_a_web_process_ends_a_stream_in_time_and_its_place_is_free_again(
    live_server: Any, job: Job, settings: Any
) -> None:
    settings.EVENT_STREAM_SECONDS = 0.3
    began = time.monotonic()
    for _ in range(3):
        assert len(list(told(listen(live_server.url, job, job.requested_by)))) == 1
    assert time.monotonic() - began < 10
    assert not streams._PLACES


def test_the_asgi_process_serves_nothing_else() -> None:
    from config.asgi import application

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope: Any = {"type": "http", "method": "GET", "path": "/admin/", "headers": []}
    # In a thread of its own: a browser of other tests keeps a loop running in this one.
    asked = threading.Thread(target=lambda: asyncio.run(application(scope, receive, send)))
    asked.start()
    asked.join()
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (404, "not_found")


def test_each_look_is_one_query(job: Job) -> None:
    feed = events.Feed(job.pk)
    with CaptureQueriesContext(connection) as captured:
        assert "event: progress" in feed.news()
        assert feed.news() == ""
    assert len(captured) == 2


@pytest.mark.parametrize("seen", ["", "nonsense", "w" * 5000, "w.w.w.w.w.w\n", "c99999999999999/1", "w..w"])
def test_an_id_that_is_none_of_ours_begins_anew(job: Job, seen: str) -> None:
    assert '"index": 2' in events.Feed(job.pk, seen=seen).news()


def test_other_methods_and_wishes_are_refused(job: Job) -> None:
    address = f"/api/v1/generations/{job.pk}/events"
    person = client(job.requested_by)

    refused(person.post(address), 405, "method_not_allowed")
    refused(person.put(address), 405, "method_not_allowed")
    assert Job.objects.get().slots.filter(state="waiting").count() == 3


def test_an_error_in_words_stays_in_one_line(job: Job) -> None:
    Slot.objects.filter(index=0).update(state="failed", error_code="x", error_detail="one\nevent: done\ndata: {}\n\n")
    text = events.Feed(job.pk).news()

    assert text.count("\n\n") == 1
