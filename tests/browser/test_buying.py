"""A work is bought by keyboard alone, and without any script: from the wall to the payment page and back."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from marketplace.models import Artwork, Order
from tests import factories
from tests.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => {
  const e = document.activeElement;
  return (e.getAttribute('aria-label') || e.innerText || e.value || '').trim();
}"""


@pytest.fixture
def work() -> Artwork:
    return factories.artwork(title="Estuary", edition_size=25, sold=22, prices={"personal": 4900, "commercial": 9900})


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says `words`. The focus must be visible on the way."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if words in page.evaluate(FOCUSED):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "hidden"
            return
    raise AssertionError(f"Tab never led to {words!r}")


def test_by_keyboard_alone_from_the_wall_to_paid(visitor: BrowserContext, work: Artwork, running_till: Sandbox) -> None:
    buyer = factories.user("lena")
    page = visitor.new_page()
    page.goto("/accounts/login/?next=/")
    page.get_by_label("Email").focus()
    page.keyboard.type(buyer.email)
    page.keyboard.press("Tab")
    page.keyboard.type("password")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/")
    tab_to(page, "Skip to the works")
    page.keyboard.press("Enter")
    tab_to(page, "Estuary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Estuary")
    tab_to(page, "personal")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".price__figure [data-price='2']")).to_be_visible()
    tab_to(page, "Buy edition 23")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Held for you")
    order = Order.objects.get()
    assert (order.total_minor, Artwork.objects.get().held) == (9900, 1)
    tab_to(page, "Pay €\u00a099")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{running_till.base}/**")
    assert running_till.pay(page.url).status_code == 303
    page.goto(f"/orders/{order.pk}/return/")
    expect(page.get_by_text("Paid. Your files and papers are being made.")).to_be_visible()
    order.refresh_from_db()
    assert (order.state, Artwork.objects.get().sold) == ("paid", 23)


def test_without_scripts_a_guest_gets_to_the_payment_page_and_back(
    browser: Browser, site: str, work: Artwork, running_till: Sandbox
) -> None:
    context = browser.new_context(base_url=site, locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Commercial").check()
    page.get_by_role("button", name="Show the works").click()
    expect(page).to_have_url("/?q=&licence=commercial")
    page.get_by_role("link", name="Estuary").click()
    page.get_by_role("button", name="Buy edition 23").click()
    page.get_by_label("E-mail").fill("guest@example.org")
    page.get_by_role("button", name="Hold it for me").click()
    page.get_by_role("button", name="Pay €\u00a049").click()
    page.wait_for_url(f"{running_till.base}/**")
    running_till.pay(page.url)
    order = Order.objects.get()
    page.goto(f"/orders/{order.pk}/return/")
    expect(page.get_by_text("Paid. Your files and papers are being made.")).to_be_visible()
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    context.close()


def test_without_scripts_the_light_and_the_language_can_be_chosen(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/verify/")
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="中文").click()
    expect(page).to_have_url("/verify/")
    expect(page.get_by_role("heading", level=1)).to_have_text("这是什么文件？")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()


def test_on_the_phone_the_menu_and_the_filters_open_and_the_buying_bar_stays_in_sight(
    browser: Browser, site: str, work: Artwork
) -> None:
    context = browser.new_context(base_url=site, locale="en-GB", viewport={"width": 390, "height": 700}, has_touch=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/")
    verify = page.get_by_role("navigation").get_by_role("link", name="Verify")
    expect(verify).to_be_hidden()
    page.get_by_label("Menu").tap()
    expect(verify).to_be_visible()
    page.get_by_label("Menu").tap()
    page.locator(".facets > summary").tap()
    page.get_by_label("Commercial").check()
    page.get_by_role("button", name="Show the works").tap()
    expect(page.get_by_role("link", name="Drop the filter")).to_be_visible()
    page.goto(f"/artworks/{work.slug}/")
    expect(page.get_by_role("button", name="Buy edition 23")).to_be_in_viewport()
    context.close()
