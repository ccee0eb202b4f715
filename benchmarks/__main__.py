"""`make bench`: one row per measurement: ours, the named ceiling of the same run, and the ratio."""

import os
import sys
import tempfile

# Everything is written to a private folder: a benchmark leaves the installation as it was.
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="vernissage-bench-")
os.environ["DEMO"] = "1"
os.environ["LOG_LEVEL"] = "ERROR"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command

from benchmarks import log, memorisation, pages, proof, recovery, withdrawal, worker


def main() -> int:
    call_command("set_up", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    print(f"{'what':44} {'ours':>14}   {'ceiling or peer':40} {'its figure':>14} {'ratio':>6}")
    for module in (worker, pages, proof, log, withdrawal, recovery, memorisation):
        for row in module.measure():
            print(
                f"{row.name:44} {row.ours:9.1f} {row.unit:4}   {row.against:40} {row.ceiling:9.1f} {row.unit:4} "
                f"{row.ours / row.ceiling:6.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
