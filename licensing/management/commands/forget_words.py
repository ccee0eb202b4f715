"""`manage.py forget_words USERNAME`: destroy what opens the words that a person wrote. Cannot be undone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.models import User
from licensing.provenance import erasure


class Command(BaseCommand):
    help = "Destroy the prompts and titles that a person wrote, with their salts. Records keep their commitments."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, username: str, **_: Any) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody here is called {username}.")
        count = erasure.forget_prompts(person)
        self.stdout.write(f"{count} pieces no longer open to what {username} wrote.")
