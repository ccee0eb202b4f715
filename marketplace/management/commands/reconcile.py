"""`manage.py reconcile`: whether money, editions, licences and downloads agree. 0 only if nothing differs."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace import reconciliation
from marketplace.payments.gateway import PaymentProviderError, PaymentProviderUnavailable


class Command(BaseCommand):
    help = "Compares ledger, orders, editions, licences and downloads with each other and with the payment provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="compare only the last so many days with the provider")
        parser.add_argument(
            "--grace",
            type=int,
            default=60,
            metavar="SECONDS",
            help="leave out what the provider booked so recently that it may still be on its way to us (60)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        since = now - timedelta(days=options["days"]) if options["days"] else None
        until = now - timedelta(seconds=options["grace"]) if options["grace"] else None
        try:
            found = reconciliation.differences(since=since, until=until)
        except (PaymentProviderError, PaymentProviderUnavailable) as error:
            raise CommandError(f"The payment provider could not be asked, so nothing is certain: {error}") from error
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            self.stdout.write(f"{len(found)} differences.")
            sys.exit(1)
        self.stdout.write("Everything agrees: our rows with each other, and the ledger with the payment provider.")
