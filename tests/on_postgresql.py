"""Runs the races again on PostgreSQL: SQLite has one writer at a time and hides them.

`TEST_DATABASE_URL` names a server where databases may be made; a missing one fails only with SERVICES=required.
"""

import os
import subprocess
import sys

import psycopg

URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def main() -> int:
    try:
        psycopg.connect(URL, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        print(f"PostgreSQL is not there ({str(error).strip()}); the races were run on SQLite only.")
        return int(os.environ.get("SERVICES") == "required")
    print("The races again, on PostgreSQL:", flush=True)
    command = [sys.executable, "-m", "pytest", "-n", "2", "-m", "concurrency"]
    return subprocess.run(command, env={**os.environ, "DATABASE_URL": URL}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
