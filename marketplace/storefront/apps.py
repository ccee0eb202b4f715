"""The pages as an app of their own, so that Django finds their static files and template tags. It has no tables."""

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "marketplace.storefront"
    label = "storefront"
