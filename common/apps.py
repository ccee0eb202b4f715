"""The common parts as a Django app."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import personal
        from common.people import PART

        personal.register(PART)
