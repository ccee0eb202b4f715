"""Signing in to the admin: through the one sign-in, where passwords cannot be tried without end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/accounts/login/?next=/admin/"
PASSWORD = "a-long-word-for-tests"


@pytest.fixture(autouse=True)
def _no_attempts_of_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, name: str, password: str, headers: dict[str, str] | None = None) -> Any:
    return client.post(ADDRESS, {"login": f"{name}@example.org", "password": password}, headers=headers)


def person(name: str, *, staff: bool) -> None:
    user = factories.user(name)
    user.is_staff = staff
    user.set_password(PASSWORD)
    user.save()


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    person("ida", staff=True)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")
    answer = client.post("/admin/login/", {"username": "ida", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_staff_sign_in_with_their_address(client: Client) -> None:
    person("ida", staff=True)
    answer = sign_in(client, "ida", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_somebody_who_is_not_staff_stays_outside(client: Client) -> None:
    person("lena", staff=False)
    sign_in(client, "lena", PASSWORD)
    assert client.get("/admin/", follow=True).status_code == 403


def test_after_five_wrong_passwords_even_the_right_one_does_not_open_for_a_while(client: Client) -> None:
    person("ida", staff=True)
    pages = [sign_in(client, "ida", f"wrong-{number}").content.decode() for number in range(6)]
    assert ["Too many failed login attempts" in page for page in pages] == [False] * 5 + [True]
    assert sign_in(client, "ida", PASSWORD).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_another_address_in_a_header_does_not_give_new_attempts(client: Client) -> None:
    person("ida", staff=True)
    for number in range(6):
        page = sign_in(client, "ida", "wrong", headers={"x-forwarded-for": f"203.0.113.{number}"})
    assert "Too many failed login attempts" in page.content.decode()
