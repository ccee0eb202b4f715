"""`manage.py index_dataset FOLDER…`: what new pictures are compared with, written beside a frozen dataset."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.datasets.works import works
from generation.evaluation.memorisation.calibration import calibrated
from generation.evaluation.memorisation.index import FILE
from generation.training.frozen import FrozenError


class Command(BaseCommand):
    help = "Describe a frozen dataset's pictures and calibrate the detectors of copies on them (docs/memorisation.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="+", type=Path, help="A frozen dataset of 200 to 100,000 pictures.")

    def handle(self, *args: Any, folder: list[Path], **options: Any) -> None:
        for one in folder:
            try:
                index = calibrated(works(one), self._told)
            except (FrozenError, ValueError) as error:
                raise CommandError(str(error)) from error
            index.write(one)
            limits = ", ".join(f"{name} {limit:.2f}" for name, limit in index.limits.items())
            size = (one / FILE).stat().st_size
            self.stdout.write(f"{one.name}: {len(index):,} works, {size:,} bytes; near is above {limits}.")

    def _told(self, step: str, done: int, of: int) -> None:
        if done % 500 == 0 or done == of:
            self.stderr.write(f"{step}: {done:,} of {of:,}")
