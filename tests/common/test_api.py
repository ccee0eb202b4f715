"""How every address of the API is asked and answers, seen through the simplest ones."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.models import IdempotentAnswer
from generation.models import Job
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

GENERATIONS = "/api/v1/generations"
DEEP = b"[" * 100 + b"]" * 100
DEEPER = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "parse_error"),
        (b'{"count": NaN}', 400, "parse_error"),
        (b'{"count": Infinity}', 400, "parse_error"),
        (b'{"count": 1e999}', 400, "parse_error"),
        (b'{"count": ' + b"9" * 5000 + b"}", 400, "parse_error"),
        (DEEP, 400, "parse_error"),
        (DEEPER, 400, "parse_error"),
        (b'{"prompt": "a\\u0000b"}', 400, "parse_error"),
        (b'{"a\\u0000b": 1}', 400, "parse_error"),
        (b'{"prompt": "\\ud800"}', 400, "parse_error"),
        (b"\xff\xfe", 400, "parse_error"),
        (b"[]", 400, "invalid"),
        (b'"text"', 400, "invalid"),
        (b"null", 400, "invalid"),
        (b'{"prompt": "' + b"a" * 2_100_000 + b'"}', 413, "payload_too_large"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_and_nothing_is_written(body: bytes, status: int, code: str) -> None:
    response = client(factories.user()).post(GENERATIONS, body, content_type="application/json")

    refused(response, status, code)
    assert Job.objects.count() == 0


def test_another_content_type_than_json_is_refused() -> None:
    response = client(factories.user()).post(GENERATIONS, "a=1", content_type="application/x-www-form-urlencoded")

    refused(response, 415, "unsupported_media_type")


def test_an_answer_in_anything_but_json_cannot_be_had() -> None:
    refused(client().get("/api/v1/checkpoints", headers={"Accept": "application/xml"}), 406, "not_acceptable")


def test_an_unknown_address_is_answered_with_a_problem_and_a_hint() -> None:
    refused(client().get("/api/v1/paintings"), 404, "not_found")
    body = refused(client().get("/api/v1/checkpoints/"), 404, "not_found")
    assert body["detail"].endswith("Addresses under /api/v1/ have no slash at the end.")


def test_a_method_that_an_address_does_not_know_is_refused_with_those_it_knows() -> None:
    response = client(factories.user()).delete(GENERATIONS)

    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_whoever_is_not_signed_in_gets_401_and_learns_how_to_sign_in() -> None:
    response = client().get(GENERATIONS)

    refused(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_refused() -> None:
    response = client().get(GENERATIONS, headers={"Authorization": "Token nobody"})

    refused(response, 401, "authentication_failed")


def test_what_has_not_changed_is_answered_304() -> None:
    factories.checkpoint()
    first = client().get("/api/v1/checkpoints")
    again = client().get("/api/v1/checkpoints", headers={"If-None-Match": first["ETag"]})
    factories.checkpoint()
    changed = client().get("/api/v1/checkpoints", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.content == b""


def test_pages_follow_each_other_without_a_gap_or_a_repetition() -> None:
    expected = [factories.checkpoint().slug for _ in range(7)][::-1]
    seen, url = [], "/api/v1/checkpoints?limit=3"
    sizes = []
    while url:
        page = client().get(url).json()
        sizes.append(len(page["results"]))
        seen += [one["slug"] for one in page["results"]]
        url = page["next"]

    assert seen == expected
    assert sizes == [3, 3, 1]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "abc", "1e3", "٣", "9" * 400, ""])
def test_a_page_has_from_1_to_100_entries(limit: str) -> None:
    refused(client().get("/api/v1/checkpoints", {"limit": limit}), 400, "bad_limit")


@pytest.mark.parametrize("cursor", ["x", "кл", "cD1ub3QtYW4taWQ=", "cD1hAGI=", "bz0tMQ=="])
def test_a_cursor_that_we_did_not_give_is_refused(cursor: str) -> None:
    factories.checkpoint()

    refused(client().get("/api/v1/checkpoints", {"cursor": cursor}), 400, "bad_cursor")


def _wish(**other: Any) -> dict[str, Any]:
    model = factories.checkpoint(architecture={"families": ["waves"]})
    return {"checkpoint": model.slug, "parameters": {"width": 512, "height": 512}, "seed": "7", **other}


def test_the_same_key_gets_the_first_answer_again_and_the_work_is_done_once() -> None:
    person, wish = factories.user(), _wish()
    first, again = (client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Job.objects.count() == 1


def test_two_people_may_choose_the_same_key() -> None:
    wish = _wish()
    ids = {
        client(factories.user()).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"}).json()["id"] for _ in "ab"
    }

    assert len(ids) == 2


def test_a_key_cannot_be_used_for_another_request() -> None:
    person, wish = factories.user(), _wish()
    client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"})
    response = client(person).post(GENERATIONS, {**wish, "seed": "8"}, headers={"Idempotency-Key": "k"})

    refused(response, 422, "idempotency_key_reused")
    assert Job.objects.count() == 1


def test_a_refusal_gives_the_key_back() -> None:
    person, wish = factories.user(), _wish()
    refused(
        client(person).post(GENERATIONS, {**wish, "count": 0}, headers={"Idempotency-Key": "k"}),
        400,
        "parameter_refused",
    )

    assert IdempotentAnswer.objects.count() == 0
    assert client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"}).status_code == 202


@pytest.mark.parametrize("key", ["k" * 101, "ключ", ""])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    response = client(factories.user()).post(GENERATIONS, _wish(), headers={"Idempotency-Key": key})

    refused(response, 400, "bad_idempotency_key")
    assert Job.objects.count() == 0


def test_a_request_that_is_still_being_carried_out_is_not_carried_out_twice() -> None:
    person, wish = factories.user(), _wish()
    _leave_unfinished(person, wish, timedelta(seconds=55))
    response = client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"})

    refused(response, 409, "request_in_flight")
    assert Job.objects.count() == 0


def test_a_key_whose_process_died_is_taken_over_after_a_minute() -> None:
    person, wish = factories.user(), _wish()
    _leave_unfinished(person, wish, timedelta(seconds=65))
    response = client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"})
    again = client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"})

    assert (response.status_code, again.status_code) == (202, 202)
    assert again.json() == response.json()
    assert Job.objects.count() == 1


def _leave_unfinished(person: Any, wish: dict[str, Any], age: timedelta) -> None:
    """The row as a killed process leaves it: taken, and no answer."""
    client(person).post(GENERATIONS, wish, headers={"Idempotency-Key": "k"})
    IdempotentAnswer.objects.update(status=None, body=None, created_at=timezone.now() - age)
    for job in Job.objects.all():
        job.slots.all().delete()
        job.delete()


def test_whoever_asks_too_often_is_told_when_to_come_back(settings: Any) -> None:
    settings.THROTTLE_RATES = {"generations": "2/minute"}
    person, wish = factories.user(), _wish()
    answers = [client(person).post(GENERATIONS, wish) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    refused(answers[2], 429, "throttled")
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert Job.objects.count() == 2
    assert client(person).get(GENERATIONS).status_code == 200


def test_problems_say_which_field_is_wrong() -> None:
    body = refused(client(factories.user()).post(GENERATIONS, {"count": []}), 400, "invalid")

    assert sorted(body["errors"]) == ["checkpoint", "count"]
    assert json.dumps(body["errors"]["checkpoint"]) == '["This field is required."]'
