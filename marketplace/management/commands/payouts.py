"""`manage.py payouts`: pay the makers who have enough. Running it again, or twice at once, pays nobody twice."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace import payouts


class Command(BaseCommand):
    help = "Sets aside what makers have available, and sends what was set aside."

    def handle(self, *args: Any, **options: Any) -> None:
        for transfer in payouts.run():
            self.stdout.write(f"{transfer.maker_id}: {transfer.amount_minor} {transfer.currency} set aside.")
        self.stdout.write(f"{payouts.send_due()} sent.")
