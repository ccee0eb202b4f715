"""Everything the sandbox knows, in one SQLite file: what is committed survives `kill -9`, and with it what follows."""

from __future__ import annotations

import fcntl
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Json", "State", "StateInUse", "Transaction"]

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    public TEXT NOT NULL, private TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_by_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_by_intent ON object (kind, json_extract(public, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, request_id TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, finished_at REAL, last_error TEXT);
CREATE INDEX IF NOT EXISTS delivery_open ON delivery (due_at) WHERE finished_at IS NULL;
CREATE TABLE IF NOT EXISTS chaos (switch TEXT PRIMARY KEY, times INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), ahead INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class StateInUse(Exception):
    """Another sandbox already works on this file."""


class Transaction:
    """One unit of work: all of it is kept, or none."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection

    def now(self) -> int:
        """The sandbox's own time in whole seconds; tests move it ahead to let sessions lapse."""
        ahead: int = self.sql.execute("SELECT ahead FROM clock").fetchone()[0]
        return int(time.time()) + ahead

    def advance(self, seconds: int) -> None:
        self.sql.execute("UPDATE clock SET ahead = ahead + ?", (seconds,))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    def insert(self, public: Json, private: Json | None = None) -> Json:
        self.sql.execute(
            "INSERT INTO object (id, kind, public, private) VALUES (?, ?, ?, ?)",
            (public["id"], public["object"], json.dumps(public), json.dumps(private or {})),
        )
        return public

    def save(self, public: Json) -> Json:
        self.sql.execute("UPDATE object SET public = ? WHERE id = ?", (json.dumps(public), public["id"]))
        return public

    def get(self, kind: str, identifier: str) -> Json | None:
        row = self.sql.execute("SELECT public FROM object WHERE kind = ? AND id = ?", (kind, identifier)).fetchone()
        return None if row is None else json.loads(row[0])

    def private(self, identifier: str) -> Json:
        row = self.sql.execute("SELECT private FROM object WHERE id = ?", (identifier,)).fetchone()
        found: Json = json.loads(row[0])
        return found

    def save_private(self, identifier: str, private: Json) -> None:
        self.sql.execute("UPDATE object SET private = ? WHERE id = ?", (json.dumps(private), identifier))

    def select(self, kind: str, where: str = "1", arguments: tuple[Any, ...] = (), *, limit: int = -1) -> list[Json]:
        """Objects of a kind, newest first; `where` is written by the sandbox itself, never from a request."""
        rows = self.sql.execute(
            f"SELECT public FROM object WHERE kind = ? AND ({where}) ORDER BY seq DESC LIMIT ?",  # noqa: S608
            (kind, *arguments, limit),
        )
        return [json.loads(row[0]) for row in rows]

    def sequence(self, kind: str, identifier: str) -> int | None:
        row = self.sql.execute("SELECT seq FROM object WHERE kind = ? AND id = ?", (kind, identifier)).fetchone()
        return None if row is None else row[0]

    def start_over(self) -> None:
        """Forgets what this transaction did so far, so that a refusal leaves nothing behind but itself."""
        self.sql.execute("ROLLBACK")
        self.sql.execute("BEGIN IMMEDIATE")


class State:
    """The file, opened by one process at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = open(path.with_name(path.name + ".lock"), "w")  # noqa: SIM115
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock_file.close()
            raise StateInUse(f"Another sandbox already works on {path}. Stop it, or name another --state.") from error
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        self._turn = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Takes turns with every other thread; keeps the work when the block ends well."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._turn:
            self._connection.close()
            self._lock_file.close()
