"""A reviewer clears ten pieces by keyboard alone, and decides without any script."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect

from common import storage
from common.models import AuditLine
from licensing.models import Review
from licensing.provenance import publish
from licensing.rights import reviews
from tests import factories
from tests.browser.test_every_page import HIDDEN_SIDEWAYS, NAMELESS, session_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHEET = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "palette-field-3" / "fields.jpg"


def _tile(number: int) -> storage.Stored:
    """One of the pictures that the shipped model made, from the sheet in the docs."""
    across, side = 8, 82
    left, top = number % across * side, number // across * side
    tile = io.BytesIO()
    with Image.open(SHEET) as sheet:
        sheet.crop((left + 2, top + 2, left + side - 2, top + side - 2)).resize((640, 640)).save(tile, "PNG")
    return storage.put("masters", tile.getvalue(), ".png")


def _submitted(number: int, *, sold: bool = True) -> Review:
    person = factories.user(f"maker-{number}")
    run = factories.training_run(factories.studio_2())
    model = factories.checkpoint(title="Ridge Field", commercial_output=sold, training_run=run)
    tile = _tile(number)
    look = {"master_name": tile.name, "content_sha256": tile.sha256, "width": 640, "height": 640}
    job = factories.job(person, model=model, prompt="a calm sea at dawn", count=4)
    piece = factories.piece(person, of=job, **look)
    publish.papers(piece.pk)
    return reviews.submit(piece=piece, by=person)


def _sign_in(context: BrowserContext, site: str) -> None:
    cookie = {"name": "sessionid", "value": session_of(factories.reviewer()), "url": site}
    context.add_cookies([cookie])  # type: ignore[list-item]


def test_ten_pieces_are_cleared_by_keyboard_alone(visitor: BrowserContext, site: str) -> None:
    pieces = [_submitted(0, sold=False), *(_submitted(number) for number in range(1, 10))]
    _sign_in(visitor, site)
    page = visitor.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/review/")
    assert page.evaluate(NAMELESS) == []
    if picture := os.environ.get("DESK_PICTURE"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(picture), full_page=bool(os.environ.get("FULL")))
    page.keyboard.press("j")
    expect(page).to_have_url(f"/review/{pieces[1].pk}/")
    page.keyboard.press("k")
    expect(page).to_have_url(f"/review/{pieces[0].pk}/")
    page.keyboard.press("a")  # a finding blocks: the key leads to its answer, and decides nothing
    expect(page.locator("#answer-model_licence")).to_be_focused()
    page.keyboard.type("The rights holder wrote to us.")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(f"/review/{pieces[1].pk}/")
    page.keyboard.press("r")
    page.keyboard.type("It shows a mark.")  # r, c and a within the words are words
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(f"/review/{pieces[2].pk}/")
    page.keyboard.press("c")
    page.keyboard.type("Crop it.")
    page.keyboard.press("Control+Enter")
    for review in pieces[3:]:
        expect(page).to_have_url(f"/review/{review.pk}/")
        page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing waits.")
    states = [Review.objects.get(pk=one.pk).state for one in pieces]
    assert states == ["approved", "rejected", "changes_requested", *["approved"] * 7]
    assert AuditLine.objects.filter(action="review.approved").count() == 8
    assert problems == []


def test_without_scripts_and_on_a_phone_the_forms_decide(browser: Browser, site: str) -> None:
    review = _submitted(1)
    size = {"width": 360, "height": 740}
    context = browser.new_context(base_url=site, locale="zh-CN", java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    _sign_in(context, site)
    page = context.new_page()
    page.goto("/review/")
    assert page.evaluate(HIDDEN_SIDEWAYS) == 0
    page.locator("[data-decide] button[value=approve]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("没有待审作品。")
    review.refresh_from_db()
    assert review.state == "approved"
    context.close()
