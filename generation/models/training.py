"""A training run: everything needed to do it again; and a request for one, which a worker carries out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models.dataset import DatasetVersion


class TrainingRun(models.Model):
    """One run of a trainer over frozen datasets, with its seed, configuration, environment and measured results."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(unique=True)
    trainer = models.CharField(max_length=40)
    dataset_versions = models.ManyToManyField(DatasetVersion, related_name="training_runs")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    config = models.JSONField()
    seed = models.BigIntegerField()
    code_commit = models.CharField(max_length=64, blank=True)
    environment = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class TrainingJob(models.Model):
    """An operator's request to train. `fence` grows with every claim: only the latest claimant may go on."""

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        FINISHED = "finished"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="training_jobs")
    slug = models.SlugField(help_text="How the checkpoint will be called.")
    config_toml = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict, help_text="The newest line of metrics.")
    error_detail = models.TextField(blank=True)
    run = models.ForeignKey(TrainingRun, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=Q(state__in=["waiting", "claimed"]), name="one_live_training_per_slug"
            ),
            models.CheckConstraint(
                condition=Q(state="claimed", lease_expires_at__isnull=False)
                | (~Q(state="claimed") & Q(lease_expires_at__isnull=True)),
                name="training_lease_while_claimed",
            ),
        ]

    def __str__(self) -> str:
        return f"training of {self.slug}"
