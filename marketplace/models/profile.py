"""How a person appears on the marketplace."""

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """The public face of a maker."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="profile"
    )
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    about = models.TextField(blank=True)
    takes_commissions = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
