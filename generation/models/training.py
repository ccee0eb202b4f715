"""A training run: everything needed to do it again."""

from django.db import models

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
