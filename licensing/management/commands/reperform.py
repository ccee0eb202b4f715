"""`manage.py reperform PIECE`: make a piece again from its record and compare."""

import sys
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from common.errors import DomainError
from generation.models import Piece
from licensing.provenance.report import ExitCode

_EXIT = {"identical": 0, "different": 1, "near": 3}


class Command(BaseCommand):
    help = "Make a piece again from its record. Ends with 0 identical, 1 different, 3 near, 64 not possible."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("piece", type=UUID)
        parser.add_argument("--device", help="another device than the recorded one, such as cuda:0")

    def handle(self, *_args: Any, piece: UUID, device: str | None, **_: Any) -> None:
        from licensing.provenance import reperformance  # loads torch

        try:
            found = reperformance.reperform(piece, device=device)
        except (DomainError, Piece.DoesNotExist) as error:
            self.stderr.write(error.detail if isinstance(error, DomainError) else "There is no such piece.")
            sys.exit(ExitCode.CANNOT_CHECK)
        for name, (recorded, here) in found.elsewhere.items():
            self.stdout.write(f"{name}: recorded {recorded}, here {here}")
        seen = "" if found.decibels is None else f", {found.decibels:.1f} dB from the master"
        near = f" (near from {reperformance.NEAR_DECIBELS:.0f} dB)" if seen else ""
        self.stdout.write(f"{found.verdict.value}{seen}{near}: sha256 {found.sha256}")
        sys.exit(_EXIT[found.verdict.value])
