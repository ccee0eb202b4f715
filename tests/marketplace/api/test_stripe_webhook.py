"""The door at which the provider knocks: what it stores, what it turns away, and what comes of real deliveries."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from marketplace import stripe_events
from marketplace.models import Edition, Entry, Order, StripeEvent
from marketplace.payments.sandbox.webhooks import signature
from tests import factories
from tests.marketplace.conftest import Till

ADDRESS = "/api/v1/stripe/webhook"
SECRET = "whsec_ofTheTestsOnly"


def event(identifier: str = "evt_1", kind: str = "checkout.session.completed", **changes: Any) -> dict[str, Any]:
    subject = {"object": "checkout.session", "id": "cs_test_1"}
    return {
        "id": identifier,
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": subject},
        **changes,
    }


def knock(body: bytes, *, secret: str = SECRET, at: int | None = None, signed: str | None = None) -> Any:
    signed = signature(body, secret, at or int(time.time())) if signed is None else signed
    return Client().post(ADDRESS, body, content_type="application/json", headers={"stripe-signature": signed})


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET


@pytest.mark.django_db
def test_an_event_is_stored_and_acknowledged_before_anything_is_done() -> None:
    answer = knock(json.dumps(event()).encode())
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    row = StripeEvent.objects.get()
    assert (row.id, row.type, row.object_type, row.object_id) == (
        "evt_1",
        "checkout.session.completed",
        "checkout.session",
        "cs_test_1",
    )
    assert (row.processed_at, row.attempts) == (None, 0)


@pytest.mark.django_db
def test_a_repeated_event_is_stored_once_and_acknowledged_again() -> None:
    body = json.dumps(event()).encode()
    assert [knock(body).status_code for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        json.dumps(event("evt_\x00")),
        json.dumps(event("evt_\ud800")),
        json.dumps(event("evt_" + "1" * 117)),
        json.dumps(event(kind="k" * 81)),
        json.dumps({**event(), "id": 7}),
        '{"a":' * 20_000 + "1" + "}" * 20_000,
    ],
    ids=["NUL", "half a character", "long id", "long type", "number", "nested"],
)
def test_what_is_signed_but_could_not_be_stored_is_turned_away_and_not_a_fault(body: str) -> None:
    answer = knock(body.encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert not StripeEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_wrong"},
        {"signed": ""},
        {"signed": "t=1,v1=00"},
        {"signed": "nonsense"},
        {"at": int(time.time()) - 3_600},
    ],
    ids=["wrong secret", "no signature", "wrong digest", "nonsense", "an hour old"],
)
def test_what_the_provider_did_not_sign_is_turned_away(how: dict[str, Any]) -> None:
    answer = knock(json.dumps(event()).encode(), **how)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "bad_signature"
    assert not StripeEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id": "evt_1"}'])
def test_what_is_no_event_is_turned_away_although_it_is_signed(body: bytes) -> None:
    assert knock(body).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_turned_away_unread() -> None:
    answer = knock(json.dumps(event(padding="x" * 300_000)).encode())
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert not StripeEvent.objects.exists()


@pytest.mark.django_db
def test_nobody_reads_here() -> None:
    assert Client().get(ADDRESS).status_code == 405


@pytest.mark.django_db
def test_no_cookie_or_token_is_asked_for() -> None:
    strict = Client(enforce_csrf_checks=True)
    body = json.dumps(event()).encode()
    signed = signature(body, SECRET, int(time.time()))
    answer = strict.post(ADDRESS, body, content_type="application/json", headers={"stripe-signature": signed})
    assert answer.status_code == 200


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, live_server: Any) -> Iterator[Till]:
    with Till(tmp_path_factory.mktemp("knocking"), webhook_url=f"{live_server.url}{ADDRESS}") as till:
        yield till


@pytest.fixture
def knocking_till(running: Till, settings: Any) -> Till:
    """A till whose webhooks reach this site."""
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = running.base, running.key
    running.calm()
    return running


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("switch", ["", "duplicate", "reorder", "bad_signature", "stale_timestamp", "drop_then_retry"])
def test_whatever_happens_to_the_deliveries_the_order_is_paid_once(knocking_till: Till, switch: str) -> None:
    if switch:
        knocking_till.chaos(switch, times=2)
    payment = knocking_till.pay_for(knocking_till.order(factories.artwork()))
    knocking_till.wait_for_deliveries()
    types = set(StripeEvent.objects.values_list("type", flat=True))
    assert types == {"charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
    assert Order.objects.get().state == "awaiting_payment"
    assert stripe_events.process_due() == 3
    for stored in StripeEvent.objects.all():
        knocking_till.resend(stored.id)
    knocking_till.wait_for_deliveries()
    assert stripe_events.process_due() == 0
    payment.refresh_from_db()
    assert (payment.state, Order.objects.get().state) == ("succeeded", "paid")
    assert (Edition.objects.count(), Entry.objects.count(), StripeEvent.objects.count()) == (1, 1, 3)
