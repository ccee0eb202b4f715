"""Tables that every app needs: people, their tokens, the audit trail, the outbox and remembered idempotent answers."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import new_id


class User(AbstractUser):
    """A person who can sign in. The key is a UUIDv7, so that an address never shows a row number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    language = models.CharField(max_length=12, default="en")


class ApiTokens(models.QuerySet["ApiToken"]):
    """Queries for tokens."""

    def live(self, at: datetime) -> "ApiTokens":
        """Those that open something at this time."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class ApiToken(models.Model):
    """One key of a person to the API: into `scopes`, until `expires_at`. The secret itself is nowhere."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4, help_text="The last characters of the secret, to tell tokens apart.")
    scopes = models.CharField(max_length=400, help_text="Separated by spaces.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokens.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_has_an_end"),
            models.CheckConstraint(condition=~Q(scopes=""), name="token_opens_something"),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="tokens_of_a_person")]

    def __str__(self) -> str:
        return f"{self.name} …{self.ending}"

    @property
    def scope_list(self) -> list[str]:
        """The scopes one by one."""
        return self.scopes.split()


class AuditLine(models.Model):
    """Who did what to which object, when and why. Append-only: the database refuses changes and deletions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_by_subject")]
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it happened."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    topic = models.CharField(max_length=60)
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"


class OutboxDelivery(models.Model):
    """One event owed to one handler, until `done_at` is set. A crash leaves it due again after its lease."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=80)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="outbox_once_per_handler")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="outbox_due")]
        verbose_name_plural = "outbox deliveries"

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"


class IdempotentAnswer(models.Model):
    """The answer that was given to an `Idempotency-Key`, so that a repeated request gets it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "scope", "key"], name="idempotent_once"),
            # NULLs are distinct to a unique constraint, and SQLite knows no other way.
            models.UniqueConstraint(
                fields=["scope", "key"], condition=Q(user__isnull=True), name="idempotent_once_for_guests"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
