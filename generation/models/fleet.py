"""The workers, whose turn it is, what each may ask for, and how fast each checkpoint was measured to be."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from generation.models.checkpoint import Checkpoint


class Worker(models.Model):
    """A worker process and its last sign of life."""

    name = models.CharField(max_length=80, primary_key=True)
    queues = models.CharField(max_length=200)
    device = models.CharField(max_length=40)
    state = models.CharField(max_length=12, default="idle", help_text="idle, working, draining or gone.")
    pieces = models.PositiveIntegerField(default=0, help_text="Finished since it started.")
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """What generation knows of a requester: when it was last served, and how many pieces a day it may ask for."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="generation_account"
    )
    served_at = models.DateTimeField(null=True, blank=True)
    pieces_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the settings say.")

    def __str__(self) -> str:
        return f"{self.user_id}"


class Benchmark(models.Model):
    """How fast and how good a checkpoint was measured to be on one device: what the advisor's answers come from."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="benchmarks")
    device = models.CharField(max_length=80, help_text="Device and processor.")
    threads = models.PositiveSmallIntegerField()
    setting = models.JSONField(help_text="The parameters that were measured, such as the size.")
    label = models.CharField(max_length=80, help_text="The setting in words, such as 1024 × 1024.")
    pieces = models.PositiveIntegerField()
    seconds_per_piece = models.DecimalField(max_digits=10, decimal_places=4)
    quality = models.DecimalField(max_digits=6, decimal_places=4, null=True, help_text="Mean score, 0 to 1.")
    scores = models.JSONField(default=dict)
    code_commit = models.CharField(max_length=64, blank=True)
    measured_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "device", "threads", "label"], name="one_benchmark_per_setting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} {self.label} on {self.device}"
