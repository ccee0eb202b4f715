"""Keys, idempotency and parameters: the rules of the protocol itself."""

import threading
import time
from collections.abc import Callable

import pytest
import stripe
from stripe.checkout import Session

from tests.marketplace.payments.conftest import session_parameters
from tests.sandbox import Sandbox

Opens = Callable[..., Session]


@pytest.mark.parametrize("key", ["sk_test_ofTheTestsOnlyX", "sk_live_ofTheTestsOnly", "pk_test_x", "sk_test_ä"])
def test_another_key_opens_nothing(sandbox: Sandbox, key: str) -> None:
    answer = sandbox.web.get(f"{sandbox.base}/v1/events", headers={"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("Invalid API Key provided")
    assert key not in answer.text


def test_the_sdk_says_that_it_was_not_let_in(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sandbox.client(key="sk_test_another").v1.events.list()


def test_no_key_opens_nothing_and_basic_auth_works_as_with_curl(sandbox: Sandbox) -> None:
    assert sandbox.web.get(f"{sandbox.base}/v1/events").status_code == 401
    assert sandbox.web.get(f"{sandbox.base}/v1/events", auth=(sandbox.key, "")).status_code == 200
    assert sandbox.web.post(f"{sandbox.base}/_sandbox/chaos", json={"switch": "slow"}).status_code == 401


def test_the_same_key_again_replays_the_first_answer(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    before = len(client.v1.checkout.sessions.list({"limit": 100}).data)
    first = client.v1.checkout.sessions.create(session_parameters(), {"idempotency_key": "replayed"})
    again = client.v1.checkout.sessions.create(session_parameters(), {"idempotency_key": "replayed"})
    assert again.to_dict() == first.to_dict()
    assert first.last_response is not None
    assert again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert len(client.v1.checkout.sessions.list({"limit": 100}).data) == before + 1


def test_the_same_key_with_other_parameters_is_an_error(client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(session_parameters(), {"idempotency_key": "changed"})
    before = client.v1.checkout.sessions.list({"limit": 1}).data[0].id
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with"):
        client.v1.checkout.sessions.create(session_parameters(amount=100), {"idempotency_key": "changed"})
    assert client.v1.checkout.sessions.list({"limit": 1}).data[0].id == before


def test_the_same_key_while_the_first_request_is_under_way_is_a_conflict(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    before = len(client.v1.checkout.sessions.list({"limit": 100}).data)
    sandbox.chaos("slow", seconds=0.6)
    outcomes: list[str] = []

    def create() -> None:
        try:
            session = sandbox.client().v1.checkout.sessions.create(
                session_parameters(), {"idempotency_key": "concurrent"}
            )
            outcomes.append(session.id)
        except stripe.APIError as error:
            outcomes.append(f"{error.http_status} {error.error.code if error.error else None}")

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert outcomes[:5] == ["409 idempotency_key_in_use"] * 5
    assert outcomes[5].startswith("cs_test_")
    assert len(client.v1.checkout.sessions.list({"limit": 100}).data) == before + 1


def test_a_refusal_is_remembered_by_its_key_but_malformed_parameters_are_not(
    client: stripe.StripeClient, paid_intent: str
) -> None:
    over = {"payment_intent": paid_intent, "amount": 5000}
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError, match="greater than charge amount") as refused:
            client.v1.refunds.create(over, {"idempotency_key": f"over-{paid_intent}"})  # type: ignore[arg-type]
        assert refused.value.headers is not None
        assert refused.value.headers.get("Idempotent-Replayed") == replayed
    malformed = {"payment_intent": paid_intent, "amount": "much"}
    with pytest.raises(stripe.InvalidRequestError, match="Invalid integer: much"):
        client.v1.refunds.create(malformed, {"idempotency_key": f"fixed-{paid_intent}"})  # type: ignore[arg-type]
    right = client.v1.refunds.create(
        {"payment_intent": paid_intent, "amount": 100}, {"idempotency_key": f"fixed-{paid_intent}"}
    )
    assert right.amount == 100


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("colour", {"colour": "red"}),
        ("payment_intent_data[colour]", {"payment_intent_data": {"colour": "red"}}),
        (
            "line_items[0][price_data][product_data][colour]",
            {
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "eur",
                            "unit_amount": 4900,
                            "product_data": {"name": "Estuary", "colour": "red"},
                        },
                    }
                ]
            },
        ),
    ],
)
def test_a_parameter_that_the_sdk_does_not_declare_is_unknown(
    client: stripe.StripeClient, path: str, wrong: dict[str, object]
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(session_parameters(**wrong))
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, "parameter_unknown", path)
    assert str(refused.value.user_message) == f"Received unknown parameter: {path}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"allow_promotion_codes": True}, "does not simulate the parameter allow_promotion_codes"),
        ({"allowed_payment_method_types": ["card", "ideal"]}, "ways to pay other than by card"),
        ({"locale": "tlh"}, "Invalid locale: must be one of auto, bg"),
        ({"expires_at": "soon"}, "Invalid integer: soon"),
        ({"client_reference_id": ""}, "You passed an empty string for 'client_reference_id'"),
        ({"metadata": {"a": "x" * 501}}, "501"),
        ({"metadata": {str(number): "x" for number in range(51)}}, "at most 50 keys"),
        ({"metadata": "x"}, "Invalid object"),
        ({"line_items": "x"}, "Invalid array"),
        ({"success_url": {"a": "b"}}, "Invalid string"),
    ],
)
def test_values_of_the_wrong_kind_are_refused(
    client: stripe.StripeClient, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        client.v1.checkout.sessions.create(session_parameters(**wrong))
    assert refused.value.http_status == 400


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"a=" + b"x" * 70_000, 413),
        ({}, b"&".join(b"metadata[%d]=x" % number for number in range(1100)), 400),
        ({}, b"a[b][c][d][e][f][g][h][i][j]=1", 400),
        ({}, b"[]=1", 400),
        ({}, b"mode=payment&mode=payment", 400),
        ({}, b"mode[a]=1&mode=payment", 400),
        ({}, b"mode", 400),
        ({}, b"mode=%ff", 400),
        ({}, b"\xff\xfe", 400),
        ({"Idempotency-Key": "k" * 256}, b"mode=payment", 400),
        ({"Transfer-Encoding": "chunked"}, b"", 411),
    ],
)
def test_a_hostile_body_gets_a_clear_refusal_and_the_sandbox_lives_on(
    sandbox: Sandbox, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = sandbox.web.post(
        f"{sandbox.base}/v1/checkout/sessions",
        data=body,
        headers={
            "Authorization": f"Bearer {sandbox.key}",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        },
        timeout=10,
    )
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert sandbox.web.get(f"{sandbox.base}/healthz").json() == {"status": "ok"}


def test_a_lost_response_is_healed_by_the_sdk_and_makes_nothing_twice(sandbox: Sandbox) -> None:
    client = sandbox.client(max_network_retries=2)
    before = len(client.v1.checkout.sessions.list({"limit": 100}).data)
    sandbox.chaos("lost_response")
    session = client.v1.checkout.sessions.create(session_parameters())
    assert session.last_response is not None
    assert session.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list({"limit": 100}).data) == before + 1


def test_a_lost_response_without_a_retry_is_an_error_although_the_work_was_done(
    sandbox: Sandbox, client: stripe.StripeClient, paid_intent: str
) -> None:
    sandbox.chaos("lost_response")
    with pytest.raises(stripe.APIError) as lost:
        client.v1.refunds.create({"payment_intent": paid_intent})
    assert lost.value.http_status == 500
    assert [refund.amount for refund in client.v1.refunds.list({"payment_intent": paid_intent}).data] == [4900]


def test_a_server_error_and_a_full_house_do_nothing(
    sandbox: Sandbox, client: stripe.StripeClient, paid_intent: str
) -> None:
    sandbox.chaos("rate_limited")
    with pytest.raises(stripe.RateLimitError):
        client.v1.refunds.create({"payment_intent": paid_intent})
    sandbox.chaos("server_error")
    with pytest.raises(stripe.APIError):
        client.v1.refunds.create({"payment_intent": paid_intent})
    assert client.v1.refunds.list({"payment_intent": paid_intent}).data == []


def test_lists_come_page_by_page_newest_first(client: stripe.StripeClient, open_session: Opens) -> None:
    made = [open_session().id for _ in range(5)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([session.id for session in first.data], first.has_more) == (made[:2:-1], True)
    second = client.v1.checkout.sessions.list({"limit": 2, "starting_after": first.data[-1].id})
    assert [session.id for session in second.data] == [made[2], made[1]]
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": second.data[0].id})
    assert [session.id for session in back.data] == [made[4], made[3]]
    paged = [session.id for session in client.v1.checkout.sessions.list({"limit": 2}).auto_paging_iter()]
    assert paged[:5] == made[::-1]
    with pytest.raises(stripe.InvalidRequestError, match="limit is from 1 to 100"):
        client.v1.checkout.sessions.list({"limit": 101})
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session"):
        client.v1.checkout.sessions.list({"starting_after": "cs_test_none"})


def test_what_cannot_be_expanded_is_refused(client: stripe.StripeClient, open_session: Opens) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.checkout.sessions.retrieve(open_session().id, {"expand": ["customer"]})
