"""Signing in with an account elsewhere: there where its keys are set, and not at all without."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
KEYS = {"GOOGLE_CLIENT_ID": "our-id", "GOOGLE_CLIENT_SECRET": "our-secret"}
ASK = """
import json
from config.wsgi import application
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
client = Client(headers={"Host": "127.0.0.1"})
page, go = client.get("/accounts/login/"), client.post("/accounts/google/login/")
policy = page["Content-Security-Policy"]
print(json.dumps([page.status_code, page.content.decode(), policy, go.status_code, go.get("Location", "")]))
"""


def site(folder: Path, keys: dict[str, str]) -> Any:
    """What a site with these keys shows at the sign-in, and where it sends on to."""
    given = {**os.environ, "VAR_DIR": str(folder), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings", **keys}
    given.pop("DATABASE_URL", None)
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=PROJECT, env=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_provider_with_keys_is_offered_and_led_to(tmp_path: Path) -> None:
    status, page, policy, gone, onto = site(tmp_path, KEYS)
    assert (status, 'href="/accounts/google/login/' in page, "github" in page) == (200, True, False)
    assert "https://accounts.google.com" in policy
    assert gone == 302
    assert onto.startswith("https://accounts.google.com/")
    assert "client_id=our-id" in onto
    assert "code_challenge=" in onto


@pytest.mark.parametrize("keys", [{}, {"GOOGLE_CLIENT_ID": "our-id"}])
def test_without_keys_there_is_nothing_of_it(tmp_path: Path, keys: dict[str, str]) -> None:
    status, page, policy, gone, _onto = site(tmp_path, keys)
    assert (status, "google" in page, "google" in policy, gone) == (200, False, False, 404)
