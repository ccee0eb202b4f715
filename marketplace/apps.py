"""The app's place in Django, and what it listens to."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.signals import user_signed_up

        from common import personal
        from marketplace import subscriptions
        from marketplace.personal import PART
        from marketplace.privacy import consents

        subscriptions.start()
        personal.register(PART)
        user_signed_up.connect(consents.signed_up, dispatch_uid="marketplace.consents")
