"""Lists and searches of the API on PostgreSQL, in a house of 10,000 works and in one of `BENCH_ARTWORKS` (200,000).

Each row is the 95th percentile of one request in the larger house against that in the smaller.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from benchmarks.apart import apart
from benchmarks.rows import Row
from marketplace import scale

__all__ = ["measure", "measure_here"]

FEW = 10_000
MANY = int(os.environ.get("BENCH_ARTWORKS", "200000"))
ASKED: dict[str, dict[str, Any]] = {
    "the wall": {},
    "a word that a third has": {"q": scale.COMMON},
    "a word that one in 10,000 has": {"q": scale.RARE},
    "a word that none has": {"q": "xylophone"},
    "a word with a slip": {"q": "harbuor"},
    "two Chinese characters": {"q": "山水"},
    "a word and a colour": {"q": "ridge", "colour": "blue"},
}
TIMES, DEEP = 30, 100


def measure() -> Iterator[Row]:
    """Rows from a database of its own."""
    return apart("benchmarks.search")


def measure_here() -> Iterator[Row]:
    call_command("set_up", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    found = []
    for more in (FEW, MANY - FEW):
        scale.fill(more, seed=more)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        found.append(_all())
    for name, few in found[0].items():
        yield Row(f"{name}, p95 at {MANY:,} works", found[1][name], "ms", f"the same at {FEW:,}", few)


def _all() -> dict[str, float]:
    """Milliseconds by what was asked for, on the first page and, where there are so many, the hundredth."""
    taken: dict[str, float] = {}
    with override_settings(ALLOWED_HOSTS=["*"], DEBUG=False):
        client = Client()
        for name, asked in ASKED.items():
            taken[name] = _p95(client, "/api/v1/artworks", asked)
            if deep := _hundredth(client, asked):
                taken[f"{name}, page {DEEP}"] = _p95(client, deep, {})
        taken["counts by heading"] = _p95(client, "/api/v1/artwork-facets", {"q": scale.COMMON})
    return taken


def _hundredth(client: Client, asked: dict[str, Any]) -> str:
    """The address of the hundredth page of twenty, or nothing; walked to by fives, as the cursors are the same."""
    address = "/api/v1/artworks"
    for _ in range(DEEP // 5):
        answer = client.get(address, {**asked, "limit": 100} if address == "/api/v1/artworks" else None).json()
        address = answer["next"] or ""
        if not address:
            return ""
    return address.replace("limit=100", "limit=20")


def _p95(client: Client, address: str, asked: dict[str, Any]) -> float:
    taken = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        assert client.get(address, asked or None).status_code == 200
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken[1:])[int(0.95 * TIMES)]
