"""`manage.py signing_keys show | renew | rotate-log | rotate-mark | compromised SERIAL`: the house's keys."""

import argparse
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from licensing.provenance import canonical, house, keys, marks


class Command(BaseCommand):
    help = "Show the signing keys, issue a new signer, change the key of log or marks, or say that a key was stolen."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("show", help="what signs, until when, and what has changed hands")
        acts.add_parser("renew", help="issue a new signer from the root; needs root.key in the folder")
        acts.add_parser("rotate-log", help="make a new key for tree heads, named by the old one")
        acts.add_parser("rotate-mark", help="make a new secret for the invisible marks of new pieces")
        lost = acts.add_parser("compromised", help="say in the log that a signer's key is in other hands")
        lost.add_argument("serial", help="the serial number of the signer's certificate, as `show` prints it")
        lost.add_argument("--since", type=_moment, default=None, help="RFC 3339; now, if left out")

    def handle(self, *_args: Any, act: str, **given: Any) -> None:
        try:
            {
                "show": self._show,
                "renew": self._renew,
                "rotate-log": self._rotate,
                "rotate-mark": self._rotate_mark,
                "compromised": self._compromised,
            }[act](**given)
        except DomainError as error:
            raise CommandError(error.detail) from error

    def _show(self, **_: Any) -> None:
        mine, listed = keys.ensure(settings.SIGNING_KEYS), house.key_list()
        chain = x509.load_pem_x509_certificates(mine.chain_pem.encode())
        ends, kept = chain[0].not_valid_after_utc, "in the folder" if mine.sign is None else "kept elsewhere"
        self.stdout.write(f"signer      {mine.signer}, serial {mine.serial}, until {ends:%Y-%m-%d}")
        self.stdout.write(f"its key     {kept}")
        self.stdout.write(f"log         {mine.log_public.text}")
        self.stdout.write(f"rotations   {len(mine.rotations)}")
        self.stdout.write(f"mark        secret {marks.newest()}")
        for serial, since in listed.compromised.items():
            self.stdout.write(f"compromised {serial} since {since}")

    def _renew(self, **_: Any) -> None:
        fresh = keys.renew_signer(settings.SIGNING_KEYS)
        self.stdout.write(f"The signer is now serial {fresh.serial}. What the old one signed stays good.")

    def _rotate(self, **_: Any) -> None:
        fresh = keys.rotate_log_key(settings.SIGNING_KEYS)
        house.enter_rotations()
        self.stdout.write(f"Tree heads are now signed by {fresh.log_public.text}.")

    def _rotate_mark(self, **_: Any) -> None:
        version = marks.rotate()
        self.stdout.write(f"New pieces are marked with secret {version}. Keep the older ones: their marks need them.")

    def _compromised(self, *, serial: str, since: datetime | None, **_: Any) -> None:
        if not serial.isdigit():
            raise CommandError("A serial number has digits only; `signing_keys show` prints it.")
        house.state_compromised(serial=serial, since=canonical.instant(since or datetime.now(UTC)))
        self.stdout.write("Said in the log and in the published key list. Now run `signing_keys renew`.")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a moment such as 2026-11-26T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
