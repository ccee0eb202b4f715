"""The rights review of a piece: what was found automatically and what a person decided."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Piece


class Review(models.Model):
    """The one review of a piece. Who decided what, when and why is in the audit trail as well."""

    class State(models.TextChoices):
        PENDING = "pending"
        IN_REVIEW = "in_review"
        APPROVED = "approved"
        REJECTED = "rejected"
        CHANGES_REQUESTED = "changes_requested"
        WITHDRAWN = "withdrawn"
        SUSPENDED = "suspended"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    piece = models.OneToOneField(Piece, on_delete=models.PROTECT, related_name="review")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="submitted_reviews"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews"
    )
    first_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="first_approvals",
        help_text="Where the policy asks for two reviewers: the first of them.",
    )
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appealed_refusals",
        help_text="Whose rejection the maker appealed against.",
    )
    appealed_at = models.DateTimeField(null=True, blank=True)
    maker_words = models.TextField(blank=True, help_text="The maker's answer or appeal, for the reviewer.")
    submitted_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "in_review"]) | Q(reviewer__isnull=False, decided_at__isnull=False),
                name="review_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved", first_approver=F("reviewer")), name="second_approval_by_another"
            ),
            models.CheckConstraint(condition=~Q(refused_by=F("reviewer")), name="appeal_decided_by_another"),
            models.CheckConstraint(
                condition=Q(refused_by__isnull=True, appealed_at__isnull=True)
                | Q(refused_by__isnull=False, appealed_at__isnull=False),
                name="appeal_against_somebody_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"], name="review_queue")]

    def __str__(self) -> str:
        return f"{self.state}: {self.piece_id}"


class Finding(models.Model):
    """One thing that a rule of the policy saw, with its evidence."""

    class Severity(models.TextChoices):
        BLOCKS = "blocks"
        LOOK = "look"
        FINE = "fine"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=60)
    rule_version = models.PositiveSmallIntegerField(default=1)
    policy_version = models.CharField(max_length=12, blank=True, help_text="Of the operator's policy file.")
    severity = models.CharField(max_length=10, choices=Severity)
    sentence = models.TextField()
    evidence = models.JSONField(default=dict)
    answer = models.TextField(blank=True, help_text="A reviewer's answer to a blocking finding.")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "rule"], name="one_finding_per_rule")]

    def __str__(self) -> str:
        return f"{self.severity} {self.rule}"
