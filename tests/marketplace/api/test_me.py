"""Who is signed in."""

import pytest
from rest_framework.authtoken.models import Token

from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


def test_a_person_sees_who_they_are_by_session_and_by_token() -> None:
    maker = factories.maker(takes_commissions=True)
    token = Token.objects.create(user=maker.user)
    body = client(maker.user).get("/api/v1/me").json()

    assert (body["id"], body["email"], body["reviews"]) == (str(maker.user.pk), maker.user.email, False)
    assert (body["maker"]["slug"], body["maker"]["takes_commissions"]) == (maker.slug, True)
    by_token = client().get("/api/v1/me", headers={"Authorization": f"Token {token.key}"})
    assert by_token.json() == body


def test_reviewers_are_told_apart() -> None:
    body = client(factories.reviewer()).get("/api/v1/me").json()

    assert (body["reviews"], body["maker"]) == (True, None)


def test_nobody_is_nobody() -> None:
    refused(client().get("/api/v1/me"), 401, "not_authenticated")
