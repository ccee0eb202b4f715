"""Starts the payment sandbox with this site's key, secret and address."""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Starts the payment sandbox that stands in for Stripe while no STRIPE_SECRET_KEY is set. No real money."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PAYMENT_SANDBOX:
            self.stdout.write("STRIPE_SECRET_KEY is set: payments go to Stripe, and no sandbox is needed.")
            return
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("The sandbox takes no real money. Set STRIPE_SECRET_KEY, or DEMO=1 to try the house.")
        environment = {
            **os.environ,
            "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET,
        }
        arguments = [
            *("--port", str(urlsplit(settings.STRIPE_API_BASE).port)),
            *("--webhook-url", f"{settings.SITE_URL}/api/v1/stripe/webhook"),
            *("--state", str(settings.VAR_DIR / "sandbox.sqlite3")),
        ]
        os.execve(sys.executable, [sys.executable, "-m", "marketplace.payments.sandbox", *arguments], environment)  # noqa: S606
