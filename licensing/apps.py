"""The app's place in Django, and what it listens to."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "licensing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import personal
        from generation import inputs
        from licensing import subscriptions
        from licensing.personal import PART
        from licensing.provenance import input_papers

        subscriptions.start()
        personal.register(PART)
        inputs.add_check(input_papers.check)
