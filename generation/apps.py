"""The app's place in Django, and what it holds of people."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import personal
        from generation.personal import PART

        personal.register(PART)
