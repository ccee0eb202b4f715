"""The transparency log on PostgreSQL: proofs from a million leaves, and leaves appended in a second.

Runs in a process and a database of its own; where there is no PostgreSQL, says so and measures nothing.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import psycopg
from psycopg import sql

from benchmarks.rows import Row, rate

__all__ = ["measure"]

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
LEAVES, AT_ONCE = 1_000_000, 100


def measure() -> Iterator[Row]:
    """Rows from a child process, in a database that is dropped afterwards."""
    name = f"vernissage_bench_{os.getpid()}"
    try:
        server = psycopg.connect(SERVER, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError:
        print("The log was not measured: there is no PostgreSQL at TEST_DATABASE_URL.")
        return
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            address = SERVER.rpartition("/")[0] + "/" + name
            told = {**os.environ, "DATABASE_URL": address}
            child = subprocess.run(
                [sys.executable, "-m", "benchmarks.log"], env=told, check=True, stdout=subprocess.PIPE, text=True
            )
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    for line in child.stdout.splitlines():
        yield Row(*json.loads(line))


def _measure() -> Iterator[Row]:
    from django.conf import settings
    from django.db import connection

    from licensing.provenance import keys, log
    from licensing.provenance.statements import PAPERED, Statement

    house = keys.ensure(settings.SIGNING_KEYS)
    numbers, places = count(), count(1, 7919)

    def statement() -> Statement:
        digest = f"{next(numbers):064x}"
        at = "2026-01-01T00:00:00.000Z"
        return Statement(
            type=PAPERED, subject="piece", record_sha256=digest, content_sha256=digest, file_sha256=digest, at=at
        )

    def inserted() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_floor (leaf) VALUES (%s)", [os.urandom(32).hex()])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_floor (place bigserial PRIMARY KEY, leaf varchar(64) UNIQUE)")
    floor = rate(inserted)
    single = rate(lambda: log.append(statement(), keys=house))
    yield Row("log: leaves appended, one at a time", single, "/s", "one INSERT", floor)
    several = rate(lambda: log.append_many([statement() for _ in range(AT_ONCE)], keys=house)) * AT_ONCE
    yield Row(f"log: leaves appended, {AT_ONCE} at a time (bar: 1000)", several, "/s", "one INSERT", floor)
    size = _fill()
    proofs = rate(lambda: log.inclusion(index=next(places) % size, size=size))
    ceiling = rate(lambda: hashlib.sha256(bytes(65)).digest()) / 20
    yield Row("log: inclusion proof from 1 000 000 leaves", 1000 / proofs, "ms", "the bar: five milliseconds", 5.0)
    yield Row("log: inclusion proofs", proofs, "/s", "hashing twenty nodes", ceiling)


def _fill() -> int:
    """Leaves and their subtrees up to a million, by COPY; returns the size of the log."""
    from django.db import connection

    from licensing.models import LogLeaf
    from licensing.provenance import log_nodes

    begun = LogLeaf.objects.count()
    tree = log_nodes.frontier(begun)
    leaves, nodes = io.StringIO(), io.StringIO()
    for index in range(begun, LEAVES):
        leaf = hashlib.sha256(index.to_bytes(8)).digest()
        leaves.write(f"{index}\tbench\tbench\t{{}}\t{leaf.hex()}\t2026-01-01T00:00:00Z\n")
        nodes.writelines(f"{node.place}\t{node.hash}\n" for node in tree.add(leaf))
    copies = {
        "licensing_logleaf (index, kind, subject, body, leaf_hash, appended_at)": leaves,
        "licensing_lognode (place, hash)": nodes,
    }
    with connection.cursor() as cursor:
        for table, rows in copies.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(rows.getvalue())
    return max(begun, LEAVES)


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for row in _measure():
        print(json.dumps(row), flush=True)
