"""A maker says where the money goes: from the page, over the provider's form, and back, without a script."""

import pytest
from playwright.sync_api import Browser, expect

from tests import factories
from tests.browser.test_every_page import session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_maker_opens_an_account_by_keyboard_on_a_phone_without_scripts(browser: Browser, site: str) -> None:
    person = factories.maker().user
    context = browser.new_context(
        base_url=site, locale="en-GB", viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    context.add_cookies([{"name": "sessionid", "value": session_of(person), "url": site}])
    page = context.new_page()
    page.goto("/earnings/")
    page.get_by_label("Where you live and bank").select_option("FR")
    page.get_by_role("button", name="Open my account").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where your money goes")
    page.get_by_role("button", name="Give all but the proof of identity").press("Enter")
    expect(page.get_by_text("still misses something")).to_be_visible()
    page.get_by_role("button", name="Complete my details").press("Enter")
    page.get_by_role("button", name="Give everything").press("Enter")
    expect(page.get_by_text("Payouts go there.")).to_be_visible()
    context.close()
