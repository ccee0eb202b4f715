"""The app's place in Django, and what it listens to."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import personal
        from marketplace import subscriptions
        from marketplace.personal import PART

        subscriptions.start()
        personal.register(PART)
