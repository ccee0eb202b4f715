"""The account's pages: tokens are made, shown once and revoked, without any script."""

import re

import pytest
from django.test import Client

from common import tokens
from common.models import ApiToken
from tests import factories

pytestmark = pytest.mark.django_db
WISH = {"name": "Nightly", "scopes": ["orders:read", "account:read"], "days": "30"}


@pytest.fixture
def visitor(client: Client) -> Client:
    client.force_login(factories.user("lena"))
    return client


def test_the_account_says_who_is_signed_in_and_leads_on(visitor: Client) -> None:
    page = visitor.get("/me/").content.decode()
    assert "Signed in as lena@example.org." in page
    assert 'href="/me/tokens/"' in page
    assert visitor.get("/accounts/password/change/").status_code == 200


@pytest.mark.parametrize("address", ["/me/", "/me/tokens/"])
def test_strangers_are_asked_to_sign_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


def test_a_token_is_shown_once_and_works(visitor: Client, client: Client) -> None:
    shown = visitor.post("/me/tokens/", WISH)
    (secret,) = re.findall(r"vns_[A-Za-z0-9]{40}", shown.content.decode())

    assert "no-store" in shown["Cache-Control"]
    again = visitor.get("/me/tokens/").content.decode()
    assert (secret in again, f"…{secret[-4:]}" in again) == (False, True)
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["email"] == "lena@example.org"


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["everything"]}, {"name": ""}, {"days": "1000"}])
def test_what_is_wrong_is_said_and_what_was_chosen_stays(visitor: Client, wrong: dict[str, object]) -> None:
    answer = visitor.post("/me/tokens/", WISH | wrong)
    page = answer.content.decode()

    assert answer.status_code == 400
    assert "field__error" in page
    assert ('value="orders:read" checked' in page) == ("scopes" not in wrong)
    assert not ApiToken.objects.exists()


def test_a_full_ring_of_keys_is_said(visitor: Client) -> None:
    for _ in range(tokens.MOST):
        assert visitor.post("/me/tokens/", WISH).status_code == 200
    answer = visitor.post("/me/tokens/", WISH)
    assert (answer.status_code, "as many tokens as there may be" in answer.content.decode()) == (400, True)


def test_a_token_is_revoked_by_its_person_alone(visitor: Client) -> None:
    visitor.post("/me/tokens/", WISH)
    token = ApiToken.objects.get()
    stranger = Client()
    stranger.force_login(factories.user())

    assert stranger.post(f"/me/tokens/{token.pk}/revoke/").status_code == 404
    assert visitor.get(f"/me/tokens/{token.pk}/revoke/").status_code == 405
    assert token.name in visitor.get("/me/tokens/").content.decode()
    answer = visitor.post(f"/me/tokens/{token.pk}/revoke/", follow=True)
    assert "opens nothing any more" in answer.content.decode()
    token.refresh_from_db()
    assert token.revoked_at is not None
