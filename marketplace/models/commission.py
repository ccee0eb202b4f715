"""A commission from brief to delivery, its drafts and the notes on them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Job, Piece
from licensing.models import Grant, LicenceTemplate
from marketplace.models.profile import Profile


class Commission(models.Model):
    """A piece made for somebody. Brief and drafts are private; what was quoted is frozen by accepting it."""

    class State(models.TextChoices):
        BRIEFED = "briefed"
        QUOTED = "quoted"
        DEPOSIT_PAID = "deposit_paid"
        IN_PROGRESS = "in_progress"
        DRAFTED = "drafted"
        REVISION_REQUESTED = "revision_requested"
        ACCEPTED = "accepted"
        PAID = "paid"
        DELIVERED = "delivered"
        DECLINED = "declined"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    commissioner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commissions")
    maker = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="commissions")
    title = models.CharField(max_length=120)
    brief = models.TextField(help_text="Private. Personal data.")
    state = models.CharField(max_length=20, choices=State, default=State.BRIEFED)
    template = models.ForeignKey(LicenceTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    price_minor = models.PositiveBigIntegerField(null=True, blank=True)
    deposit_minor = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    quote_note = models.TextField(blank=True)
    revisions_included = models.PositiveSmallIntegerField(default=1)
    revisions_used = models.PositiveSmallIntegerField(default=0)
    accepted_draft = models.OneToOneField(
        "marketplace.Draft", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    grant = models.OneToOneField(Grant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revisions_used__lte=F("revisions_included")), name="revisions_within_the_quote"
            ),
            models.CheckConstraint(
                condition=Q(price_minor__isnull=True)
                | Q(deposit_minor__gt=0, deposit_minor__lt=F("price_minor"), template__isnull=False),
                name="quote_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(accepted_draft__isnull=False, grant__isnull=False),
                name="delivered_with_a_grant",
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at"], name="commissions_by_state")]

    def __str__(self) -> str:
        return self.title


class Draft(models.Model):
    """One draft: a job, and the piece that the maker chose from it. `sent_at` is empty until it is sent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="drafts")
    number = models.PositiveSmallIntegerField()
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="draft")
    piece = models.OneToOneField(Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="draft")
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commission", "number"], name="one_draft_per_number"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(piece__isnull=False), name="draft_sent_with_a_piece"
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"draft {self.number} of {self.commission_id}"


class CommissionNote(models.Model):
    """A note of the commissioner on a draft. `x` and `y` are per mille of the picture, or empty without a place."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    x = models.PositiveSmallIntegerField(null=True, blank=True)
    y = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]
