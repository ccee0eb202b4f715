"""Measures a module of benchmarks on PostgreSQL, in a process and a database of its own that is dropped afterwards.

Where there is no PostgreSQL, says so and measures nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import psycopg
from psycopg import sql

from benchmarks.rows import Row

__all__ = ["apart"]

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def apart(module: str) -> Iterator[Row]:
    """What `measure_here` of the module yields."""
    name = f"vernissage_bench_{os.getpid()}"
    try:
        server = psycopg.connect(SERVER, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError:
        print(f"{module} was not measured: there is no PostgreSQL at TEST_DATABASE_URL.")
        return
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            told = {**os.environ, "DATABASE_URL": SERVER.rpartition("/")[0] + "/" + name}
            command = [sys.executable, "-m", "benchmarks.apart", module]
            child = subprocess.run(command, env=told, check=True, stdout=subprocess.PIPE, text=True)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    for line in child.stdout.splitlines():
        yield Row(*json.loads(line))


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for row in import_module(sys.argv[1]).measure_here():
        print(json.dumps(row), flush=True)
