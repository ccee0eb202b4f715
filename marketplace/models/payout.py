"""What makers are paid: where their money goes, each transfer to them, and what was taken back of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from marketplace.models.payment import Refund
from marketplace.models.profile import Profile

_UNFINISHED = ("intended", "sent")


class PayoutAccount(models.Model):
    """A maker's account with the payment provider, as it was when we last looked. Theirs to fill in, not ours."""

    maker = models.OneToOneField(Profile, primary_key=True, on_delete=models.PROTECT, related_name="payout_account")
    country = models.CharField(max_length=2)
    provider_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    submitted = models.BooleanField(default=False, help_text="The maker has filled in the provider's form.")
    active = models.BooleanField(default=False, help_text="The provider lets us transfer money to it.")
    requirements = models.JSONField(default=list, help_text="What the provider still wants to know, in its own names.")
    disabled_reason = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(active=False) | Q(provider_id__isnull=False), name="payouts_go_somewhere"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id or 'no account yet'} {self.country}"


class Sending(models.Model):
    """Money that is sent by a request to the provider: the row is committed first, and a sweeper sends what is left."""

    State = Refund.State

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(max_length=160, unique=True, help_text="The business action, also the idempotency key.")
    state = models.CharField(max_length=10, choices=State, default=State.INTENDED)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    provider_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    problem = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.state} {self.amount_minor} {self.currency}"


class Transfer(Sending):
    """Money on its way to a maker's account. A maker has one at a time in each currency."""

    maker = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="transfers")
    destination = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_has_an_amount"),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(provider_id__isnull=False, succeeded_at__isnull=False),
                name="transfer_succeeded_at_the_provider",
            ),
            models.UniqueConstraint(
                fields=["maker", "currency"], condition=Q(state__in=_UNFINISHED), name="one_transfer_at_a_time"
            ),
        ]


class Reversal(Sending):
    """Money taken back out of a transfer, for a sale that was refunded after its maker had been paid."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="reversal_has_an_amount"),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(provider_id__isnull=False, succeeded_at__isnull=False),
                name="reversal_succeeded_at_the_provider",
            ),
        ]
