"""The second factor: set up, asked for at every sign-in, recovered from, required of staff, and kept under a key."""

import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from common import tokens
from common.models import User
from common.second_factor import lacks_it
from config.second_factor import Adapter
from tests import factories
from tests.api import refused

pytestmark = pytest.mark.django_db
ACTIVATE = "/accounts/2fa/totp/activate/"
CODE = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def _no_attempts_of_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def code_of(secret: str, steps: int = 0) -> str:
    value: str = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))
    return value


def sign_in(client: Client, person: User, onto: str = "/me/") -> Any:
    return client.post(f"/accounts/login/?next={onto}", {"login": person.email, "password": "password"})


def set_up(client: Client) -> str:
    """Say the password again and scan the square, as a person does; the secret."""
    assert client.post("/accounts/reauthenticate/", {"password": "password"}).status_code == 302
    secret: str = client.get(ACTIVATE).context["form"].secret
    answer = client.post(ACTIVATE, {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


@pytest.fixture
def guarded(client: Client) -> tuple[User, str]:
    """Somebody with an authenticator app, who is signed out again; and the app's secret."""
    person = factories.user("lena")
    sign_in(client, person)
    secret = set_up(client)
    cache.clear()  # a code opens once; tests do not wait for the next
    client.logout()
    return person, secret


def test_the_password_alone_no_longer_opens(client: Client, guarded: tuple[User, str]) -> None:
    person, secret = guarded
    assert sign_in(client, person)["Location"].startswith(CODE)
    assert client.get("/me/").status_code == 302
    assert client.post(CODE, {"code": code_of(secret, steps=5)}).status_code == 200
    assert client.get("/me/").status_code == 302

    answer = client.post(CODE, {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.get("/me/").status_code == 200


def test_a_code_opens_once(client: Client, guarded: tuple[User, str]) -> None:
    person, secret = guarded
    sign_in(client, person)
    code = code_of(secret)
    assert client.post(CODE, {"code": code}).status_code == 302
    other = Client()
    sign_in(other, person)
    assert other.post(CODE, {"code": code}).status_code == 200


def test_a_recovery_code_opens_once_when_the_phone_is_lost(client: Client, guarded: tuple[User, str]) -> None:
    person, _secret = guarded
    code = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()[0]
    for opens in (302, 200):
        client.logout()
        sign_in(client, person)
        assert client.post(CODE, {"code": code}).status_code == opens


def test_codes_cannot_be_tried_without_end(client: Client, guarded: tuple[User, str]) -> None:
    person, secret = guarded
    sign_in(client, person)
    for number in range(7):
        client.post(CODE, {"code": f"{number:06}"})
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 200
    assert client.get("/me/").status_code == 302


def test_secrets_lie_encrypted_and_outlive_a_change_of_key(
    client: Client, guarded: tuple[User, str], settings: Any
) -> None:
    _person, secret = guarded
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert Adapter().decrypt(stored) == secret


def test_the_square_to_scan_is_a_picture_of_its_own(client: Client) -> None:
    sign_in(client, factories.user("lena"))
    client.post("/accounts/reauthenticate/", {"password": "password"})
    address = client.get(ACTIVATE).context["totp_svg_data_uri"]
    drawn = ElementTree.fromstring(b64decode(address.removeprefix("data:image/svg+xml;base64,")))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"


def test_setting_up_asks_for_the_password_again(client: Client) -> None:
    sign_in(client, factories.user("lena"))
    assert client.get(ACTIVATE)["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_it_is_there(client: Client, guarded: tuple[User, str], language: str) -> None:
    person, secret = guarded
    sign_in(client, person)
    client.cookies["django_language"] = language
    assert client.get(CODE).status_code == 200
    client.post(CODE, {"code": code_of(secret)})
    assert client.get("/accounts/reauthenticate/").status_code == 200
    client.post("/accounts/reauthenticate/", {"password": "password"})
    places = ("", "recovery-codes/", "recovery-codes/generate/", "webauthn/", "webauthn/add/", "totp/deactivate/")
    for place in places:
        page = client.get(f"/accounts/2fa/{place}")
        assert (page.status_code, page.content.decode().count("<h1")) == (200, 1), place


def test_staff_without_one_are_led_to_where_they_get_one(client: Client, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    reviewer = factories.reviewer()
    sign_in(client, reviewer)

    for page in ("/admin/", "/review/", "/library/", "/me/tokens/"):
        assert client.get(page)["Location"] == "/accounts/2fa/", page
    refused(client.get("/api/v1/reviews"), 403, "second_factor_required")
    _, secret = tokens.issue(user=reviewer, name="A script", scopes=["reviews:read"], days=7)
    bearer = {"Authorization": f"Bearer {secret}"}
    refused(Client().get("/api/v1/reviews", headers=bearer), 403, "second_factor_required")
    set_up(client)
    for page in ("/review/", "/me/tokens/", "/api/v1/reviews"):
        assert client.get(page).status_code == 200, page


def test_whoever_lost_everything_is_let_set_up_anew_by_the_admin(client: Client, guarded: tuple[User, str]) -> None:
    person, secret = guarded
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    page = client.get("/admin/mfa/authenticator/")
    assert (page.status_code, secret in page.content.decode()) == (200, False)
    rows = [str(row.pk) for row in Authenticator.objects.filter(user=person)]
    asked = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    assert client.post("/admin/mfa/authenticator/", asked).status_code == 302
    assert sign_in(Client(), person)["Location"] == "/me/"


def test_others_need_none_and_pay_no_query_for_it(settings: Any, django_assert_num_queries: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    person = factories.user()
    with django_assert_num_queries(0):
        assert not lacks_it(person)
    settings.STAFF_SECOND_FACTOR = False
    with django_assert_num_queries(0):
        assert not lacks_it(User(is_staff=True))
