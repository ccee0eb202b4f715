"""Signing in without pages: an app gets a session of its own, under the limits and factors that hold everywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from common.models import User
from tests import factories
from tests.api import client as api
from tests.api import refused
from tests.config.test_second_factor import code_of, set_up, sign_in

pytestmark = pytest.mark.django_db
APP = "/api/auth/app/v1"


@pytest.fixture(autouse=True)
def _no_attempts_of_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def send(path: str, body: dict[str, Any], session: str = "", method: str = "post") -> Any:
    headers = {"X-Session-Token": session} if session else {}
    return getattr(Client(), method)(f"{APP}/{path}", body, content_type="application/json", headers=headers)


def log_in(person: User, password: str = "password") -> Any:
    return send("auth/login", {"email": person.email, "password": password})


def me(session: str) -> Any:
    return api().get("/api/v1/me", headers={"X-Session-Token": session})


def test_an_app_makes_an_account_and_is_its_person_until_it_signs_out() -> None:
    made = send("auth/signup", {"email": "lena@example.org", "password": "a-long-word-for-tests"}).json()
    session = made["meta"]["session_token"]

    assert me(session).json()["email"] == "lena@example.org"
    assert send("auth/session", {}, session, "delete").status_code == 401
    refused(me(session), 401, "authentication_failed")


def test_a_session_that_never_was_opens_nothing_not_even_what_guests_see() -> None:
    refused(me("nothing"), 401, "authentication_failed")
    answer = api().get("/api/v1/artworks", headers={"X-Session-Token": "nothing"})
    refused(answer, 401, "authentication_failed")


def test_a_wrong_password_is_refused_with_what_was_wrong() -> None:
    answer = log_in(factories.user(), "wrong")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "email_password_mismatch")


def test_passwords_cannot_be_tried_without_end_here_and_then_there() -> None:
    person = factories.user()
    for number in range(6):
        log_in(person, f"wrong-{number}")
    assert log_in(person).status_code == 400
    assert sign_in(Client(), person).status_code == 200  # the page shows the form again


def test_the_second_factor_is_asked_for_here_too(client: Client) -> None:
    person = factories.user()
    sign_in(client, person)
    secret = set_up(client)
    cache.clear()
    first = log_in(person)
    session = first.json()["meta"]["session_token"]

    assert first.status_code == 401
    assert "mfa_authenticate" in {flow["id"] for flow in first.json()["data"]["flows"]}
    refused(me(session), 401, "authentication_failed")
    second = send("auth/2fa/authenticate", {"code": code_of(secret)}, session)
    assert second.status_code == 200
    assert me(second.json()["meta"].get("session_token", session)).json()["email"] == person.email


def test_staff_without_a_second_factor_get_no_further_by_app(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    session = log_in(factories.reviewer()).json()["meta"]["session_token"]
    refused(me(session), 403, "second_factor_required")


def test_its_addresses_are_described() -> None:
    described = Client().get("/api/auth/openapi.json").json()
    assert any(path.endswith("/auth/login") for path in described["paths"])
