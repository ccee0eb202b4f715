"""Payments and refunds as the payment provider knows them, and the inbox of its events."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from marketplace.models.order import Order


class Payment(models.Model):
    """One attempt to pay an order. Written, with its idempotency key, before the provider is called."""

    class State(models.TextChoices):
        CREATED = "created"
        OPEN = "open"
        SUCCEEDED = "succeeded"
        EXPIRED = "expired"
        REVIEW = "review"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=100, unique=True)
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    session_url = models.URLField(max_length=500, blank=True)
    intent_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(intent_id__isnull=False, succeeded_at__isnull=False),
                name="payment_succeeded_with_an_intent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.amount_minor} {self.currency}"


class Refund(models.Model):
    """Money going back. The row is committed before the provider is called; a sweeper sends what is left."""

    class State(models.TextChoices):
        INTENDED = "intended"
        SENT = "sent"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    action = models.CharField(max_length=100, unique=True, help_text="The business action, also the idempotency key.")
    state = models.CharField(max_length=10, choices=State, default=State.INTENDED)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    provider_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_has_an_amount")]

    def __str__(self) -> str:
        return f"{self.state} {self.amount_minor} {self.currency}"


class StripeEvent(models.Model):
    """An event as it came in, once by its id. It says only that something changed: the object is fetched again."""

    id = models.CharField(primary_key=True, max_length=120)
    type = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120, db_index=True)
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
