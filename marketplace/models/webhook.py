"""Where the operator's own systems hear what happened in the house, and each message to them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id


class WebhookEndpoint(models.Model):
    """An address that gets messages. `GONE`: it answered 410, so nothing is sent there any more."""

    class State(models.TextChoices):
        ACTIVE = "active"
        GONE = "gone"
        REMOVED = "removed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.CharField(max_length=500)
    topics = models.JSONField(default=list, help_text="Which topics; empty for all.")
    secret = models.CharField(max_length=80, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url


class WebhookMessage(models.Model):
    """One thing that happened, told to one endpoint. `body` are the exact bytes that are signed and sent, each time."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="messages")
    event_id = models.UUIDField(help_text="Of the outbox: its order is the order of things.")
    topic = models.CharField(max_length=80)
    subject = models.CharField(max_length=80, help_text="What it is about; about one thing, messages go in order.")
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    happened_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True, help_text="Of the last attempt.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_message_for_each_event")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="webhook_due"),
            models.Index(
                fields=["endpoint", "subject", "event_id"], condition=Q(state="waiting"), name="webhook_order"
            ),
        ]
        ordering = ["-event_id"]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"
