"""Every page in both languages and both lights: nothing hidden sideways, nothing complained of, everything named."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from common.models import User
from licensing.licences import grants
from marketplace import orders
from marketplace.models import Artwork
from marketplace.payments import ledger
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMELESS = """() => {
  const named = (e) => (e.getAttribute('aria-label') || e.textContent || e.title || '').trim()
    || e.querySelector('[aria-label], img[alt]:not([alt=""])');
  const wrong = [];
  for (const e of document.querySelectorAll('a, button, summary')) if (!named(e)) wrong.push(e.outerHTML);
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!e.labels.length && !e.getAttribute('aria-label')) wrong.push(e.outerHTML);
  }
  for (const e of document.querySelectorAll('img:not([alt])')) wrong.push(e.outerHTML);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('h1');
  if (document.querySelectorAll('main').length !== 1) wrong.push('main');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('twice: ' + id);
  return wrong;
}"""
HIDDEN_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def session_of(user: User) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@pytest.fixture
def buyer() -> User:
    return factories.user("lena", first_name="Lena", last_name="Donaudampfschifffahrtsgesellschaft")


@pytest.fixture
def addresses(buyer: User) -> list[str]:
    """One address of every kind of page, with a long title, a sold work and one taken down."""
    factories.template("exclusive")
    by = factories.maker(name="Studio Lindqvist", name_zh="林奎斯特工作室", takes_commissions=True)
    long = "A Very Long Title That Somebody Gave To A Picture Of Rain"
    work = factories.artwork(by, title=long, edition_size=25, sold=22, prices={"personal": 4900, "commercial": 9900})
    factories.artwork(by, edition_size=1, sold=1)
    gone = factories.artwork(by, state=Artwork.State.WITHDRAWN)
    offer = factories.offer(work)
    order = orders.place(buyer=buyer, email=buyer.email, artwork=work, offer_id=offer.pk, language="en")
    grant = grants.grant(
        piece=work.piece,
        template=factories.template("personal"),
        holder=buyer,
        holder_email=buyer.email,
        work_title=work.title,
        edition_number=3,
        edition_size=25,
        source="browser",
    )
    commission = factories.commission(by, commissioner=buyer)
    factories.maker(buyer)
    ledger.book_sale(action="a sale", currency="EUR", amount_minor=123_456_700, maker_id=buyer.pk)
    return [
        "/",
        "/?q=nothing-like-it&show=unique",
        f"/artworks/{work.slug}/",
        f"/artworks/{gone.slug}/",
        f"/orders/{order.pk}/",
        "/library/",
        "/earnings/",
        "/commissions/",
        f"/commissions/{commission.pk}/",
        f"/certificates/{grant.pk}/",
        "/verify/",
        "/me/",
        "/me/tokens/",
        "/log/",
        "/privacy/",
        "/my-data/",
    ]


def problems(page: Page) -> list[str]:
    """Whatever the browser complains of from now on: errors, and what the content security policy refuses."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen


@pytest.fixture
def reader(browser: Browser, site: str, buyer: User) -> Any:
    """Opens a page for the buyer in a language and a light."""

    def open_page(language: str, light: Any) -> Page:
        context = browser.new_context(base_url=site, locale=language, color_scheme=light)
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "sessionid", "value": session_of(buyer), "url": site}])
        opened.append(context)
        return context.new_page()

    opened: list[Any] = []
    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_pages_fit_every_width_and_nothing_is_complained_of(
    reader: Callable[[str, str], Page], addresses: list[str], language: str, light: str
) -> None:
    page = reader(language, light)
    complaints = problems(page)
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.lang") == ("en" if language == "en-GB" else "zh-Hans")
        assert page.evaluate(NAMELESS) == [], address
        for width in (320, 390, 820, 1180, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(HIDDEN_SIDEWAYS) <= 0, f"{address} at {width}"
    assert complaints == []


def test_words_twice_as_large_still_fit(reader: Callable[[str, str], Page], addresses: list[str]) -> None:
    page = reader("en-GB", "light")
    page.set_viewport_size({"width": 800, "height": 800})
    for address in addresses:
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(HIDDEN_SIDEWAYS) <= 0, address


def test_works_never_overlap_on_the_wall(reader: Callable[[str, str], Page]) -> None:
    by = factories.maker()
    for number in range(12):
        person = factories.piece(by.user, width=400, height=300 + 60 * (number % 5))
        factories.artwork(by, of=person, title="Long " * (number % 6 + 1))
    page = reader("en-GB", "light")
    overlaps = """() => {
      const boxes = [...document.querySelectorAll('.wall__grid .work')].map((e) => e.getBoundingClientRect());
      return boxes.some((a, i) => boxes.some((b, j) => i < j && a.left < b.right && b.left < a.right
        && a.top < b.bottom - 1 && b.top < a.bottom - 1));
    }"""
    page.goto("/")
    for width in (320, 600, 1000, 1440, 1700):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(overlaps) is False, width


def test_the_light_changes_at_once_and_is_remembered(reader: Callable[[str, str], Page], addresses: list[str]) -> None:
    page = reader("en-GB", "light")
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(247, 245, 240)"
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) == "rgb(20, 19, 16)"
    page.goto("/verify/")
    assert page.evaluate(ground) == "rgb(20, 19, 16)"
