"""What every page has: the chosen light and language, a way in and out, and pages for what is not there."""

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


def test_the_chosen_light_is_rendered_by_the_server(client: Client) -> None:
    assert 'data-theme="' not in client.get("/").content.decode()
    answer = client.post("/theme/", {"theme": "dark", "next": "/verify/"})
    assert answer["Location"] == "/verify/"
    assert 'data-theme="dark"' in client.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_the_light_switch_leads_nowhere_else(client: Client, elsewhere: str) -> None:
    assert client.post("/theme/", {"theme": "light", "next": elsewhere})["Location"] == "/"


def test_a_light_that_is_none_is_refused_and_not_kept(client: Client) -> None:
    answer = client.post("/theme/", {"theme": '"><script>'})
    assert (answer.status_code, answer.cookies) == (400, {})


def test_the_language_is_switched_and_kept(client: Client) -> None:
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "正在展出" in page


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_account_pages_wear_the_houses_face(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert 'class="wordmark"' in page
    assert page.count("<h1>") == 1


def test_signing_up_leads_to_the_library(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"email": "new@example.org", "password1": "a long enough secret"})
    assert answer["Location"] == "/library/"
    assert "Nothing hangs here yet." in client.get("/library/").content.decode()


def test_an_address_that_leads_nowhere_is_an_empty_wall(client: Client) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "This wall is empty" in page.content.decode()


def test_no_page_has_inline_styles_or_scripts(client: Client) -> None:
    work = factories.artwork()
    for address in ("/", f"/artworks/{work.slug}/", "/verify/", "/commissions/", "/accounts/login/", "/log/"):
        page = client.get(address).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        code = page.count("<script") - page.count('type="application/json"')
        assert code == page.count("<script src=")
        assert " onclick=" not in page
