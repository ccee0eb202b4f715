"""Outgoing webhooks against a real receiver: signed, once, in order, retried, stopped, and never to the inside."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from common import outbox
from common.models import AuditLine, OutboxEvent, User
from marketplace import webhooks
from marketplace.models import WebhookEndpoint, WebhookMessage
from marketplace.webhooks import endpoints, queue, sending
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db
ORDER = {"order_id": "01a21c2f-93be-7485-97a7-a58caeaa802f", "purpose": "artwork"}


class Receiver:
    """Answers with the statuses that it was told, the last of them for ever, and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = [200]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                self.send_response(answer)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks?house=1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def topics(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_PRIVATE = True
    running = Receiver()
    yield running
    running.close()


def _operator() -> User:
    return factories.user(is_staff=True, is_superuser=True)


def _endpoint(receiver: Receiver, *topics: str) -> WebhookEndpoint:
    return webhooks.add(url=receiver.url, topics=topics, by=_operator())


def _due_now() -> None:
    WebhookMessage.objects.filter(state="waiting").update(due_at=timezone.now())


def _happens(topic: str, **payload: Any) -> OutboxEvent:
    event = outbox.emit(topic, **(payload or ORDER))
    outbox.deliver_due()
    return event


def test_a_message_is_signed_as_the_standards_own_library_checks(receiver: Receiver) -> None:
    endpoint = _endpoint(receiver)
    told_inside = {"artwork_id": "a", "reason": "Words stay inside."}
    event = OutboxEvent.objects.create(topic="artwork.listed", payload=told_inside)
    webhooks.enqueue(event)
    assert webhooks.deliver_due() == 1
    headers, body = receiver.got[0]
    told = Webhook(endpoint.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert told == {
        "id": str(event.pk),
        "type": "artwork.listed",
        "timestamp": event.created_at.isoformat(),
        "data": {"artwork_id": "a"},
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body + b" ", {name.lower(): value for name, value in headers.items()})


def test_each_event_is_told_once_however_often_it_is_queued_and_sent(receiver: Receiver) -> None:
    _endpoint(receiver)
    event = OutboxEvent.objects.create(topic="artwork.listed", payload={"artwork_id": "a"})
    for _ in range(3):
        webhooks.enqueue(event)
        webhooks.deliver_due()
    assert len(receiver.got) == 1


def test_only_the_topics_that_were_asked_for_go_out(receiver: Receiver) -> None:
    _endpoint(receiver, "order.paid")
    webhooks.enqueue(OutboxEvent.objects.create(topic="artwork.listed", payload={"artwork_id": "a"}))
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    webhooks.deliver_due()
    assert receiver.topics == ["order.paid"]


def test_about_one_thing_nothing_overtakes_and_others_do_not_wait(receiver: Receiver) -> None:
    _endpoint(receiver)
    receiver.answers = [500, 200]
    for topic, payload in (("order.placed", ORDER), ("order.paid", ORDER), ("artwork.listed", {"artwork_id": "a"})):
        webhooks.enqueue(OutboxEvent.objects.create(topic=topic, payload=payload))
    webhooks.deliver_due()
    assert receiver.topics == ["order.placed", "artwork.listed"]
    webhooks.deliver_due()
    assert receiver.topics == ["order.placed", "artwork.listed"]
    for _ in range(2):
        _due_now()
        webhooks.deliver_due()
    assert receiver.topics == ["order.placed", "artwork.listed", "order.placed", "order.paid"]
    assert receiver.got[0][0]["webhook-id"] == receiver.got[2][0]["webhook-id"]


def test_what_is_not_queued_yet_holds_up_what_came_after_it(receiver: Receiver) -> None:
    _endpoint(receiver)
    outbox.emit("order.placed", **ORDER)  # owed to the queue, not there yet
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    assert webhooks.deliver_due() == 0


def test_it_is_tried_for_three_days_with_growing_waits_and_then_given_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _endpoint(receiver)
    receiver.answers = [503]
    start = now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    waits = []
    while WebhookMessage.objects.get().state == "waiting":
        webhooks.deliver_due()
        message = WebhookMessage.objects.get()
        waits.append(message.due_at - now)
        now = message.due_at
    message = WebhookMessage.objects.get()
    assert message.state == "failed"
    assert message.answer.startswith("503")
    assert waits[:-1] == sorted(waits[:-1])
    assert timedelta(days=2) < now - start <= queue.TRIED_FOR
    assert len(receiver.got) == message.attempts > len(sending.WAITS)


def test_gone_stops_everything_to_that_address(receiver: Receiver) -> None:
    endpoint = _endpoint(receiver)
    receiver.answers = [410]
    for topic in ("order.placed", "order.paid"):
        webhooks.enqueue(OutboxEvent.objects.create(topic=topic, payload=ORDER))
    webhooks.deliver_due()
    _due_now()
    webhooks.deliver_due()
    endpoint.refresh_from_db()
    assert (endpoint.state, len(receiver.got)) == ("gone", 1)
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"dropped"}
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    assert WebhookMessage.objects.count() == 2


def test_a_redirect_is_not_followed_and_counts_as_not_heard(receiver: Receiver) -> None:
    _endpoint(receiver)
    receiver.answers = [302]
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    assert webhooks.deliver_due() == 0
    assert WebhookMessage.objects.get().answer.startswith("302")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/",
        "https://100.64.0.1/",
        "https://0/",
        "https://2130706433/",
        "https://localhost/",
        "http://example.org/",
        "ftp://example.org/",
        "https://user:secret@example.org/",
        "https://name.invalid/",
    ],
)
def test_no_address_inside_is_taken(url: str) -> None:
    with pytest.raises(endpoints.AddressRefused):
        webhooks.add(url=url, topics=[], by=_operator())
    assert not WebhookEndpoint.objects.exists()


def test_a_name_that_points_inwards_later_is_refused_when_sending(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = _endpoint(receiver)
    WebhookEndpoint.objects.update(url="https://hooks.example.org/")
    settings.WEBHOOKS_TO_PRIVATE = False
    inward = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inward)
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    assert webhooks.deliver_due() == 0
    assert "not a public address" in WebhookMessage.objects.get(endpoint=endpoint).answer


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_nothing_twice(receiver: Receiver) -> None:
    _endpoint(receiver)
    for number in range(8):
        webhooks.enqueue(OutboxEvent.objects.create(topic="artwork.listed", payload={"artwork_id": str(number)}))
    assert sum(int(str(one)) for one in race([webhooks.deliver_due] * 3)) == 8
    assert len(receiver.got) == 8


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_without_the_lease_they_would(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: reading what is due and sending it."""
    _endpoint(receiver)
    webhooks.enqueue(OutboxEvent.objects.create(topic="artwork.listed", payload={"artwork_id": "a"}))
    looked = threading.Barrier(2)
    monkeypatch.setattr(sending, "_lease", lambda _: looked.wait(30) >= 0)
    race([webhooks.deliver_due] * 2)
    assert len(receiver.got) == 2


def test_over_the_api_operators_add_read_replay_and_remove(client: Client, receiver: Receiver) -> None:
    client.force_login(_operator())
    made = client.post("/api/v1/webhooks", {"url": receiver.url, "topics": ["order.paid"]}, "application/json")
    assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
    (listed,) = client.get("/api/v1/webhooks").json()["results"]
    assert "secret" not in listed
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    webhooks.deliver_due()
    (told,) = client.get(f"/api/v1/webhooks/{listed['id']}/messages").json()["results"]
    assert (told["state"], told["answer"]) == ("delivered", "200")
    assert client.post(f"/api/v1/webhooks/messages/{told['id']}/replay").status_code == 202
    assert webhooks.deliver_due() == 1
    assert receiver.got[0][1] == receiver.got[1][1]
    assert client.delete(f"/api/v1/webhooks/{listed['id']}").status_code == 204
    ended = client.post(f"/api/v1/webhooks/messages/{told['id']}/replay")
    assert (ended.status_code, ended.json()["code"]) == (409, "webhook_ended")
    assert client.get("/api/v1/webhooks").json()["results"] == []
    assert AuditLine.objects.filter(action__startswith="webhook.").count() == 3


@pytest.mark.parametrize(
    "who", [lambda: factories.user(), lambda: factories.user(is_staff=True)], ids=["user", "staff"]
)
def test_nobody_else_sees_or_changes_endpoints(client: Client, receiver: Receiver, who: Callable[[], User]) -> None:
    endpoint = _endpoint(receiver)
    client.force_login(who())
    answers = [
        client.get("/api/v1/webhooks"),
        client.post("/api/v1/webhooks", {"url": receiver.url}, "application/json"),
        client.get(f"/api/v1/webhooks/{endpoint.pk}/messages"),
        client.delete(f"/api/v1/webhooks/{endpoint.pk}"),
    ]
    assert [one.status_code for one in answers] == [403] * 4
    assert WebhookEndpoint.objects.get().state == "active"


def test_the_queue_listens_to_the_outbox(receiver: Receiver, django_capture_on_commit_callbacks: Any) -> None:
    _endpoint(receiver)
    with django_capture_on_commit_callbacks(execute=False):
        _happens("artwork.unlisted", artwork_id="a")
    assert webhooks.deliver_due() == 1
    assert receiver.topics == ["artwork.unlisted"]


def test_the_admin_lists_messages_and_sends_them_again(client: Client, receiver: Receiver) -> None:
    _endpoint(receiver)
    webhooks.enqueue(OutboxEvent.objects.create(topic="order.paid", payload=ORDER))
    webhooks.deliver_due()
    message = WebhookMessage.objects.get()
    client.force_login(_operator())
    assert "order.paid" in client.get("/admin/marketplace/webhookmessage/").content.decode()
    chosen = {"action": "send_again", "_selected_action": [str(message.pk)]}
    client.post("/admin/marketplace/webhookmessage/", chosen)
    assert WebhookMessage.objects.get().state == "waiting"
    endpoint = WebhookEndpoint.objects.get()
    page = client.get(f"/admin/marketplace/webhookendpoint/{endpoint.pk}/change/").content.decode()
    assert endpoint.secret not in page
