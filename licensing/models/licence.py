"""Licence templates, grants and the register that keeps an exclusive grant alone."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Piece


class LicenceTemplate(models.Model):
    """One version of a licence text. A published version never changes; a new text is a new version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=100)
    title_zh = models.CharField(max_length=100, blank=True)
    summary = models.CharField(max_length=300)
    summary_zh = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    text_zh = models.TextField(blank=True)
    terms = models.JSONField(help_text="What the holder may do: right → true or false.")
    exclusive = models.BooleanField(default=False)
    goods_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many goods may carry the work; empty: any number, where goods are allowed.",
    )
    lasts_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long a grant stands; empty: without end."
    )
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="one_licence_version"),
            models.CheckConstraint(
                condition=Q(lasts_days__isnull=True) | Q(lasts_days__gt=0), name="licence_lasts_a_day_or_more"
            ),
        ]
        ordering = ["rank", "slug"]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"


class RightsRegister(models.Model):
    """How many live grants a piece has, by sort. The constraint keeps an exclusive grant and any other apart."""

    piece = models.OneToOneField(Piece, primary_key=True, on_delete=models.PROTECT, related_name="rights_register")
    exclusive_grants = models.PositiveIntegerField(default=0)
    other_grants = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(exclusive_grants=0) | Q(exclusive_grants=1, other_grants=0), name="exclusive_is_alone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exclusive_grants} exclusive, {self.other_grants} other"


class Grant(models.Model):
    """A licence that somebody holds in a piece, with its terms frozen at the sale."""

    class State(models.TextChoices):
        LIVE = "live"
        REVOKED = "revoked"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="grants")
    template = models.ForeignKey(LicenceTemplate, on_delete=models.PROTECT, related_name="grants")
    terms = models.JSONField(help_text="Slug, version, title, text and rights as they stood at the sale.")
    terms_sha256 = models.CharField(max_length=64)
    policy = models.JSONField(default=dict, blank=True, help_text="The same for machines, an ODRL agreement.")
    policy_sha256 = models.CharField(max_length=64, blank=True)
    exclusive = models.BooleanField()
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    holder_email = models.EmailField()
    holding = models.PositiveIntegerField(default=0, help_text="How often it has passed to another holder.")
    work_title = models.CharField(max_length=200)
    edition_number = models.PositiveIntegerField(null=True, blank=True)
    edition_size = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=80, unique=True, help_text="What it was granted for, so that it is once.")
    state = models.CharField(max_length=10, choices=State, default=State.LIVE)
    granted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="revoked", revoked_at__isnull=False)
                | Q(state__in=("live", "expired"), revoked_at__isnull=True),
                name="grant_revoked_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True, state__in=("live", "revoked"))
                | Q(expires_at__isnull=False, expires_at__gt=models.F("granted_at")),
                name="grant_expires_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state="live", expires_at__isnull=False), name="grants_to_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template_id} in {self.piece_id}"

    @property
    def stands(self) -> bool:
        """Whether it can be relied on now: from its last moment on it does not, even if nobody has ended it yet."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.state == self.State.LIVE and in_time

    @property
    def ended_at(self) -> datetime | None:
        """When it was taken back or its time was over; None while it stands."""
        return None if self.stands else self.revoked_at or self.expires_at
