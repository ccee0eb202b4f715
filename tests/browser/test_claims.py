"""A claim on a phone and without scripts, from the form to the decision."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import mail
from playwright.sync_api import Browser, BrowserContext, Page, expect

from common import outbox
from common.models import User
from licensing import claims
from licensing.models import Claim
from marketplace.models import Artwork
from tests import factories
from tests.browser.test_every_page import HIDDEN_SIDEWAYS, NAMELESS, session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["en-GB", "zh-CN"])
def phone(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[BrowserContext]:
    size = {"width": 390, "height": 844}
    context = browser.new_context(base_url=site, locale=request.param, viewport=size, java_script_enabled=True)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def work() -> Artwork:
    work = factories.artwork(title="Rain")
    factories.papers(work.piece)
    return work


def _looks_right(page: Page) -> None:
    assert page.evaluate(NAMELESS) == []
    for width in (320, 390, 1180):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(HIDDEN_SIDEWAYS) <= 0, f"{page.url} at {width}"
    page.set_viewport_size({"width": 390, "height": 844})
    if folder := os.environ.get("CLAIM_PICTURES"):
        name = page.url.split("/")[3:6]
        language = page.evaluate("document.documentElement.lang")
        page.screenshot(path=Path(folder) / f"{'-'.join(name)[:20]}-{language}.png", full_page=True)


def _sign_in(context: BrowserContext, site: str, person: User) -> None:
    cookie = {"name": "sessionid", "value": session_of(person), "url": site}
    context.add_cookies([cookie])  # type: ignore[list-item]


def test_every_page_of_a_claim_fits_a_phone_in_both_languages(phone: BrowserContext, work: Artwork, site: str) -> None:
    page = phone.new_page()
    page.goto(f"/claims/new/?work={work.slug}")
    _looks_right(page)
    page.goto("/claims/received/")
    _looks_right(page)
    filing = claims.Filing(
        named=work.slug,
        name="Ada Byron",
        email="a-very-long-address-of-somebody@a-very-long-house.example.net",
        role=Claim.Role.OWNER,
        own_work="https://example.net/" + "a" * 200,
        statement="It copies the whole.",
    )
    claim = claims.receive(piece=work.piece, filing=filing, files=[claims.File("a" * 90 + ".txt", b"words")])
    outbox.deliver_due()
    _sign_in(phone, site, work.maker.user)
    page.goto(f"/claims/against/{claim.pk}/")
    _looks_right(page)
    claims.counter(claim=claim, by=work.maker.user, words="I drew it.")
    page.goto(f"/claims/{claims.key(claim)}/")
    _looks_right(page)
    _sign_in(phone, site, factories.reviewer())
    for address in ("/review/claims/", f"/review/claims/{claim.pk}/"):
        page.goto(address)
        _looks_right(page)


def test_without_scripts_a_claim_is_made_answered_and_decided(browser: Browser, site: str, work: Artwork) -> None:
    context = browser.new_context(
        base_url=site, locale="en-GB", viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Claim a right").click()
    page.get_by_label("The work", exact=True).fill(f"{site}/artworks/{work.slug}/")
    page.get_by_label("Your full name").fill("Ada Byron")
    page.get_by_label("Your e-mail address").fill("ada@example.net")
    page.get_by_label("Who you are").select_option("owner")
    page.get_by_label("Your own work or right").fill("Rain, 2019")
    page.get_by_label("Why it infringes").fill("It copies the whole.")
    evidence = page.get_by_label("Evidence")
    evidence.set_input_files({"name": "mine.txt", "mimeType": "text/plain", "buffer": b"words"})
    page.get_by_label("To the best of my knowledge").check()
    page.get_by_role("button", name="Send the claim").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your claim came in")
    outbox.deliver_due()
    [letter] = [letter for letter in mail.outbox if letter.to == ["ada@example.net"]]
    link = letter.body.strip().splitlines()[-1]

    claim = Claim.objects.get()
    _sign_in(context, site, work.maker.user)
    page.goto(f"/claims/against/{claim.pk}/")
    page.get_by_label("Your answer").fill("I drew it.")
    page.get_by_role("button", name="Send the counter-notice").click()
    page.goto(link)
    page.get_by_label("Your answer").fill("So did I, before.")
    page.get_by_role("button", name="Keep the claim up").click()
    _sign_in(context, site, factories.reviewer())
    page.goto("/review/claims/")
    page.get_by_role("link", name="Rain").click()
    page.get_by_label("Your reason").fill("It is the same.")
    page.get_by_role("button", name="Uphold").click()
    expect(page.get_by_text("Decided. Both sides get a letter.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_text("Upheld")).to_be_visible()
    work.refresh_from_db()
    assert work.state == Artwork.State.UNDER_REVIEW
    context.close()
