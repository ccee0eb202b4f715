"""What people decide about their data: copies they ask for, erasures, and consents given and taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id


class Export(models.Model):
    """A copy of everything about a person. `fence` grows with every start: only the latest may finish it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    fence = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Of `total` parts.")
    total = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=120, blank=True, help_text="Where it lies in the `masters` area.")
    byte_count = models.PositiveBigIntegerField(null=True, blank=True)
    left_out = models.PositiveIntegerField(default=0, help_text="Files that no longer fitted in, or were missing.")
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["waiting", "making"]), name="one_export_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(ready_at__isnull=False, expires_at__isnull=False) & ~Q(file_name=""),
                name="export_ready_with_a_file",
            ),
            models.CheckConstraint(
                condition=Q(state="making", lease_expires_at__isnull=False)
                | (~Q(state="making") & Q(lease_expires_at__isnull=True)),
                name="export_lease_while_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} export {self.id}"


class Erasure(models.Model):
    """A wish to be forgotten: it can be taken back until `due_at`, and goes on by itself after that."""

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        TAKEN_BACK = "taken_back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasures")
    language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(state="taken_back"), name="one_erasure_for_each_person"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "taken_back"], begun_at__isnull=True)
                | Q(state__in=["running", "done"], begun_at__isnull=False),
                name="erasure_begun_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at__isnull=True)),
                name="erasure_done_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} erasure {self.id}"


class Consent(models.Model):
    """One answer to one version of a text. Append-only: whoever changes their mind gives another answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    text = models.SlugField(help_text="Which text.")
    version = models.PositiveSmallIntegerField()
    text_sha256 = models.CharField(max_length=64, help_text="Of the text as it was shown.")
    language = models.CharField(max_length=12)
    given = models.BooleanField(help_text="False where it was refused or taken back.")
    how = models.CharField(max_length=20, help_text="Where the answer was given: at sign-up, on the page, by the API.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["person", "text", "-at", "-id"], name="consents_of_a_person")]

    def __str__(self) -> str:
        return f"{self.text} {self.version}: {self.given}"
