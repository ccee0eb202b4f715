"""The transparency log on PostgreSQL: proofs from a million leaves, and leaves appended in a second."""

import hashlib
import io
import os
from collections.abc import Iterator
from itertools import count

from benchmarks.apart import apart
from benchmarks.rows import Row, rate

__all__ = ["measure", "measure_here"]

LEAVES, AT_ONCE = 1_000_000, 100


def measure() -> Iterator[Row]:
    """Rows from a database of its own."""
    return apart("benchmarks.log")


def measure_here() -> Iterator[Row]:
    """Rows from the database of this process, whose log is filled up."""
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
