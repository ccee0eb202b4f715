"""`manage.py seed_scale --artworks 1000000`: a large house to measure lists and searches in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace import scale


class Command(BaseCommand):
    help = "Add listed works without pictures, to see how lists behave. Only with DEBUG or DEMO."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--artworks", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, artworks: int, seed: int, **options: Any) -> None:
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError("These works cannot be delivered. Fill a database of its own, with DEMO=1.")
        if artworks < 1:
            raise CommandError("Give a number of works from 1.")
        scale.fill(artworks, seed=seed, progress=lambda done: self.stderr.write(f"{done:,} of {artworks:,}"))
        self.stdout.write(f"{artworks:,} works hang.")
