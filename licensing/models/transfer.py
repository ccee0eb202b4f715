"""Licences that pass from one holder to the next."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from licensing.models.licence import Grant


class GrantTransfer(models.Model):
    """A holder's offer of a licence to an e-mail address, and what became of it. A grant has one open offer at most."""

    class State(models.TextChoices):
        OFFERED = "offered"
        ACCEPTED = "accepted"
        TAKEN_BACK = "taken_back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="transfers")
    holding = models.PositiveIntegerField(help_text="Which holding of the grant it ends: 0 is the first holder's.")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers_given"
    )
    giver_email = models.EmailField()
    to_email = models.EmailField()
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers_taken"
    )
    language = models.CharField(max_length=10, default="en", help_text="Of the letters: the giver's, then the taker's.")
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    offered_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant"], condition=Q(state="offered"), name="one_open_transfer_for_each_grant"
            ),
            models.UniqueConstraint(
                fields=["grant", "holding"], condition=Q(state="accepted"), name="one_transfer_ends_a_holding"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", accepted_at__isnull=False, taker__isnull=False)
                | Q(~Q(state="accepted"), accepted_at__isnull=True, taker__isnull=True),
                name="transfer_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} to {self.to_email}"
