"""The app's place in Django, and what it listens to."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "licensing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from generation import inputs
        from licensing import subscriptions
        from licensing.provenance import input_papers

        subscriptions.start()
        inputs.add_check(input_papers.check)
