"""The app's place in Django, and what it listens to."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "licensing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from licensing import subscriptions

        subscriptions.start()
