"""`manage.py benchmark_checkpoints [SLUG…]`: how fast and how good each published checkpoint is on this device."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from generation.engines.base import EngineError
from generation.models import Benchmark, Checkpoint


class Command(BaseCommand):
    """Makes real pieces, keeps the figures for the advisor and for estimates, and prints one row for each setting."""

    help = "Measure published checkpoints on this device: seconds, quality and memory, from pieces really made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="all published checkpoints, where none is named")
        parser.add_argument("--pieces", type=int, help="how many to make in each setting; by default by kind")

    def handle(self, *args: Any, **options: Any) -> None:
        from generation import benchmarking

        if options["pieces"] is not None and not 1 <= options["pieces"] <= 1000:
            raise CommandError("--pieces must be from 1 to 1000.")
        known = Checkpoint.objects.filter(state=Checkpoint.State.PUBLISHED).order_by("slug")
        wanted = known.filter(slug__in=options["slugs"]) if options["slugs"] else known
        if unknown := sorted(set(options["slugs"]) - set(wanted.values_list("slug", flat=True))):
            raise CommandError(f"No such checkpoint is published: {', '.join(unknown)}.")
        rows: list[Benchmark] = []
        failed: list[str] = []
        for checkpoint in wanted:
            try:
                rows += benchmarking.measure(checkpoint, count=options["pieces"], say=self.stderr.write)
            except (EngineError, DomainError) as error:
                failed.append(checkpoint.slug)
                self.stderr.write(f"{checkpoint.slug}: {error.detail}")
        self._table(rows)
        if failed:
            raise CommandError(f"Not measured: {', '.join(failed)}.")

    def _table(self, rows: list[Benchmark]) -> None:
        if not rows:
            return
        self.stdout.write(f"{rows[0].device}, {rows[0].threads} thread{'' if rows[0].threads == 1 else 's'}")
        line = "{:24} {:34} {:>6} {:>10} {:>8} {:>10}"
        self.stdout.write(line.format("checkpoint", "setting", "pieces", "s a piece", "quality", "memory MB"))
        for row in rows:
            quality = "–" if row.quality is None else f"{row.quality:.3f}"
            memory = row.scores.get("peak_memory_mb", "–")
            seconds = f"{row.seconds_per_piece:.3f}"
            self.stdout.write(
                line.format(row.checkpoint.slug, row.label, row.pieces, seconds, quality, memory).rstrip()
            )
