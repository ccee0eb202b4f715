"""A job and its slots. The rows are the truth about what is to be made; a message is only a bell."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import new_id
from generation.models.checkpoint import Checkpoint

MAX_SEED = 2**63 - 1
MAX_COUNT = 64


class Job(models.Model):
    """A request for `count` pieces. Slot i is made with seed `seed + i`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="jobs")
    parameters = models.JSONField(help_text="Checked by the checkpoint's engine before the job is written.")
    prompt = models.TextField(blank=True, help_text="What the person asked for, in words. Personal data.")
    seed = models.BigIntegerField(validators=[MinValueValidator(0)])
    count = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_COUNT)])
    priority = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1, count__lte=MAX_COUNT), name="job_count_in_range"),
            models.CheckConstraint(condition=Q(seed__gte=0), name="job_seed_in_range"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Slot(models.Model):
    """One piece to be made. `fence` grows with every claim: only the latest claimant may finish it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        FINISHED = "finished"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="slots")
    index = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    batch_key = models.CharField(max_length=100, help_text="Slots with equal keys fit into one forward pass.")
    queue = models.CharField(max_length=20, default="pictures", help_text="The capability that a worker must have.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True, help_text="After a failure: when it may be tried again.")
    steps_done = models.PositiveSmallIntegerField(default=0)
    steps_total = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "index"], name="one_slot_per_index"),
            models.CheckConstraint(
                condition=Q(state="claimed", lease_expires_at__isnull=False)
                | (~Q(state="claimed") & Q(lease_expires_at__isnull=True)),
                name="slot_lease_while_claimed",
            ),
        ]
        indexes = [models.Index(F("state"), F("job"), F("index"), name="slot_waiting")]

    def __str__(self) -> str:
        return f"{self.job_id}[{self.index}]"
