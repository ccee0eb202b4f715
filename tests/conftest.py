"""What every test shares: private folders, real keys, and databases that can be emptied although they refuse it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRED = os.environ.get("SERVICES") == "required"


def missing(what: str) -> None:
    """Skip for want of a service, unless this run requires all of them."""
    if REQUIRED:
        pytest.fail(f"{what} is required (SERVICES=required) and not there")
    pytest.skip(f"{what} is not there")


@pytest.fixture(autouse=True, scope="session")
def _flush_despite_triggers() -> Iterator[None]:
    """Let the test runner empty append-only tables of SQLite: their triggers are put aside while it does."""
    import django.db.backends.sqlite3.base  # noqa: F401  # first, or the next line imports in a circle
    from django.db.backends.sqlite3.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(self: Any, sql_list: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        flush(self, sql_list)
        with self.connection.cursor() as cursor:
            for _, sql in triggers:
                cursor.execute(sql)

    DatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _private_files(settings: Any, tmp_path: Path) -> None:
    """Each test has its own media folder."""
    storages = {name: {**storage} for name, storage in settings.STORAGES.items()}
    for area in ("default", "masters", "previews"):
        storages[area]["OPTIONS"] = {**storages[area]["OPTIONS"], "location": str(tmp_path / "media" / area)}
    settings.STORAGES = storages
