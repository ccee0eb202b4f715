"""A statement on paper: all of it, on as many pages as it takes, in the maker's language, the same every time."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplace.models import Profile
from marketplace.payouts import paper
from marketplace.payouts.statements import Month, Row
from tests import factories
from tests.conftest import missing
from tests.words import compile_catalogue

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, tzinfo=UTC)


def statement(maker: Profile, rows: int) -> bytes:
    booked = [Row(AT, "receipt", f"Work {number} · 个人授权", 4_900, 4_165) for number in range(rows)]
    euros = Month("EUR", -500, booked, rows * 4_165 - 500)
    return paper.draw(maker=maker, month="2026-11", months=[euros, Month("JPY", 0, [], 0)], at=AT)


def read(pdf: bytes, folder: Path) -> str:
    if not shutil.which("pdftotext"):
        missing("pdftotext (poppler-utils)")
    (folder / "statement.pdf").write_bytes(pdf)
    return subprocess.run(
        ["pdftotext", "-layout", folder / "statement.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout


def test_every_row_is_printed_over_the_pages(tmp_path: Path) -> None:
    pages = read(statement(factories.maker(name="Mei Tanaka"), 70), tmp_path).rstrip("\f").split("\f")
    assert len(pages) == 3
    assert all("Statement · November 2026" in page and "Mei Tanaka" in page for page in pages)
    assert [number for number in range(70) if f"Work {number} ·" not in "".join(pages)] == []
    assert "€2,910.50" in pages[-1]
    assert "-€5.00" in pages[0]


def test_it_speaks_the_makers_language(tmp_path: Path) -> None:
    compile_catalogue()
    text = read(statement(factories.maker(factories.user(language="zh-hans")), 1), tmp_path)
    for words in ("对账单 · 2026年11月", "上期结转", "销售", "11月20日"):
        assert words in text


def test_drawn_twice_it_is_the_same_bytes() -> None:
    maker = factories.maker()
    assert statement(maker, 3) == statement(maker, 3)
