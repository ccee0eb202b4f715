"""A real browser before the running site, with the payment sandbox where the payment provider would be."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.conftest import missing
from tests.sandbox import Sandbox
from tests.words import compile_catalogue


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it. Playwright's loop lives in this thread, so Django is told that this is meant."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("Chromium")
    compile_catalogue()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def running_till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("browser-till")) as running:
        yield running


@pytest.fixture
def site(live_server: LiveServer, running_till: Sandbox, settings: Any) -> str:
    """The address of the site, which takes its payments at the sandbox."""
    settings.SITE_URL = live_server.url
    settings.STRIPE_API_BASE = running_till.base
    settings.STRIPE_SECRET_KEY = running_till.key
    settings.STRIPE_WEBHOOK_SECRET = running_till.webhook_secret
    policy = settings.CONTENT_SECURITY_POLICY
    directives = {**policy["DIRECTIVES"], "form-action": ["'self'", running_till.base]}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": directives}
    running_till.calm()
    cache.clear()
    return str(live_server.url)


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """Somebody who has never been here, at a desk."""
    context = browser.new_context(base_url=site, locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()
