"""Who is signed in."""

import pytest

from common import tokens
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


def test_a_person_sees_who_they_are_by_session_and_by_token() -> None:
    maker = factories.maker(takes_commissions=True)
    _, secret = tokens.issue(user=maker.user, name="A script", scopes=["account:read"], days=7)
    body = client(maker.user).get("/api/v1/me").json()

    assert (body["id"], body["email"], body["reviews"]) == (str(maker.user.pk), maker.user.email, False)
    assert (body["maker"]["slug"], body["maker"]["takes_commissions"]) == (maker.slug, True)
    by_token = client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert by_token.json() == body


def test_reviewers_are_told_apart() -> None:
    body = client(factories.reviewer()).get("/api/v1/me").json()

    assert (body["reviews"], body["maker"]) == (True, None)


def test_nobody_is_nobody() -> None:
    refused(client().get("/api/v1/me"), 401, "not_authenticated")


def test_a_person_becomes_a_maker_once() -> None:
    person = factories.user()
    made = client(person).post("/api/v1/me/maker", {"name": "Mei Tanaka", "takes_commissions": True})
    assert made.status_code == 201
    assert (made.json()["slug"], made.json()["takes_commissions"]) == ("mei-tanaka", True)
    refused(client(person).post("/api/v1/me/maker", {"name": "Another"}), 409, "already_a_maker")
    assert client(person).get("/api/v1/me").json()["maker"]["name"] == "Mei Tanaka"


def test_two_makers_of_one_name_have_two_addresses() -> None:
    slugs = {client(factories.user()).post("/api/v1/me/maker", {"name": "田中"}).json()["slug"] for _ in range(2)}
    assert len(slugs) == 2


def test_a_maker_without_a_name_is_refused() -> None:
    person = factories.user()
    refused(client(person).post("/api/v1/me/maker", {"name": ""}), 400, "invalid")
    assert client(person).get("/api/v1/me").json()["maker"] is None
