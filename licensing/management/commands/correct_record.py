"""`manage.py correct_record PIECE`: write a new record over what is known today, and enter it into the log."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import Piece
from licensing.models import ProvenanceRecord
from licensing.provenance import corrections


class Command(BaseCommand):
    help = "Write a record that names the old one: with today's knowledge of the training, and what people did since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("piece", type=UUID)

    def handle(self, *_args: Any, piece: UUID, **_: Any) -> None:
        try:
            fresh = corrections.correct(piece)
        except (Piece.DoesNotExist, ProvenanceRecord.DoesNotExist) as error:
            raise CommandError("There is no such piece, or it has no record yet.") from error
        except corrections.NothingToCorrect as error:
            raise CommandError(error.detail) from error
        assert fresh.previous is not None
        self.stdout.write(f"Record {fresh.sha256} takes the place of {fresh.previous.sha256}.")
