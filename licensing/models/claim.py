"""A claim that a piece infringes somebody's right, and the evidence that came with it. Nothing of it is deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Piece

__all__ = ["Claim", "ClaimEvidence"]


class Claim(models.Model):
    """One claim against one piece. `due_at`: while a timer runs. `hides`: while the piece is off the wall for it.

    A trigger refuses to approve the review of a piece that a claim hides, or against which one was upheld.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        COUNTERED = "countered"
        TO_DECIDE = "to_decide"
        UPHELD = "upheld"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    class Role(models.TextChoices):
        OWNER = "owner"
        AGENT = "agent"
        SHOWN = "shown"

    TIMED = (State.RECEIVED, State.COUNTERED)
    OPEN = (*TIMED, State.TO_DECIDE)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="claims")
    named = models.CharField(max_length=300, help_text="How the claimant named the work.")
    claimant = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="claims_made"
    )
    name = models.CharField(max_length=200)
    email = models.EmailField()
    contact = models.CharField(max_length=500, blank=True, help_text="Postal address or telephone number.")
    role = models.CharField(max_length=10, choices=Role)
    own_work = models.TextField(help_text="The claimant's own work or right, and where it can be seen.")
    statement = models.TextField()
    good_faith = models.BooleanField()
    language = models.CharField(max_length=12, default="en", help_text="Of the letters to the claimant.")
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    hides = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    counter = models.TextField(blank=True, help_text="The creator's counter-notice.")
    countered_at = models.DateTimeField(null=True)
    upkeep = models.TextField(blank=True, help_text="Why the claimant keeps the claim up in spite of the answer.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Of the outcome. Both sides read it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(good_faith=True), name="claim_in_good_faith"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "countered"], due_at__isnull=False)
                | (~Q(state__in=["received", "countered"]) & Q(due_at__isnull=True)),
                name="claim_timer_runs_while_it_waits",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "countered", "to_decide"], decided_at__isnull=True)
                | (~Q(state__in=["received", "countered", "to_decide"]) & Q(decided_at__isnull=False, hides=False)),
                name="claim_ended_at_a_time_hides_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state="upheld") | Q(decided_by__isnull=False), name="claim_upheld_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(counter="", countered_at__isnull=True) | (~Q(counter="") & Q(countered_at__isnull=False)),
                name="claim_countered_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["piece", "email"],
                condition=Q(state__in=["received", "countered", "to_decide"]),
                name="one_open_claim_of_each_claimant",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="claim_timers"),
            models.Index(fields=["state", "received_at"], name="claim_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.state} claim {self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class ClaimEvidence(models.Model):
    """A file that came with a claim. It lies in the private area, and is only ever handed out to be saved."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=120, help_text="The file's name as it was given.")
    name = models.CharField(max_length=120, help_text="In the `masters` area.")
    byte_count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "name"], name="evidence_once_in_a_claim")]

    def __str__(self) -> str:
        return self.title
