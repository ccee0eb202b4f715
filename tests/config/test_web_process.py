"""The web process as it runs: it never loads torch, and it stays small."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.sandbox import free_port

PROJECT = Path(__file__).parents[2]
MOST_BYTES = 150 * 2**20
PAGES = (
    "/",
    "/verify/",
    "/api/v1/artworks",
    "/api/v1/checkpoints",
    "/api/schema/",
    "/accounts/login/",
)
ASK = """
import json, sys
from config.wsgi import application
from django.test import Client
from django.conf import settings
client = Client(headers={"Host": "127.0.0.1"})
found = {path: client.get(path).status_code for path in json.loads(sys.argv[1])}
print(json.dumps([found, sorted({"c2pa", "torch", "fpdf", "stripe", "scipy", "pandas"} & set(sys.modules))]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A site of its own with an empty gallery."""
    folder = tmp_path_factory.mktemp("web")
    given = {**os.environ, "VAR_DIR": str(folder), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    given.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=PROJECT, env=given, check=True)
    return given


def test_serving_pages_and_the_api_loads_nothing_heavy(environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", ASK, json.dumps(PAGES)]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    found, heavy = json.loads(done.stdout.splitlines()[-1])

    assert found == dict.fromkeys(PAGES, 200)
    assert heavy == []


@pytest.fixture
def site(environment: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """Gunicorn with one worker, as the Procfile starts it."""
    address = f"127.0.0.1:{free_port()}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        address,
        "--workers",
        "1",
        "--threads",
        "4",
        "--timeout",
        "60",
    ]
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as process:
        try:
            _wait_until_ready(f"http://{address}/readyz")
            yield f"http://{address}", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if requests.get(url, timeout=30).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("the web process did not become ready")


def test_a_worker_that_has_served_every_page_is_below_150_megabytes(site: tuple[str, psutil.Process]) -> None:
    base, master = site
    for _ in range(3):
        for page in PAGES:
            assert requests.get(base + page, timeout=30).status_code == 200
    (worker,) = master.children()

    assert worker.memory_info().rss < MOST_BYTES
