"""A passkey in a real browser: added to the account, then the whole of a sign-in, with no password."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import factories
from tests.browser.test_every_page import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    """A tab with a device that knows its person, as a phone's fingerprint reader does."""
    tab = visitor.new_page()
    device = visitor.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return tab


def test_a_passkey_opens_the_account_by_itself(page: Page, site: str, settings: Any) -> None:
    home = site.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, never to a number
    settings.SITE_URL = home
    factories.user("lena")
    complaints = problems(page)

    page.goto(f"{home}/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.get_by_label("Email").fill("lena@example.org")
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Password").fill("password")  # once more, before anything about signing in is changed
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
    expect(page.get_by_role("main")).to_contain_text("10 out of 10")
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{home}/accounts/login/?next=/me/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/me/")
    expect(page.get_by_role("main")).to_contain_text("lena@example.org")
    assert complaints == []
