"""The registry of models: weights known by their digest, with card, licence and training run."""

from django.db import models
from django.utils import timezone

from common.ids import new_id
from generation.models.training import TrainingRun


class Checkpoint(models.Model):
    """Weights that pieces can be made with. `folder` lies under CHECKPOINT_DIR; the digest is checked at loading."""

    class State(models.TextChoices):
        PUBLISHED = "published"
        RETIRED = "retired"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=100)
    engine = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, default="picture")
    state = models.CharField(max_length=12, choices=State, default=State.PUBLISHED)
    folder = models.CharField(max_length=200)
    weights_sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.JSONField()
    card = models.JSONField()
    licence_spdx = models.CharField(max_length=60)
    commercial_output = models.BooleanField(help_text="The licence lets pieces made with it be sold.")
    components = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="used_by", help_text="The checkpoints of a chain's steps."
    )
    training_run = models.ForeignKey(
        TrainingRun, null=True, blank=True, on_delete=models.PROTECT, related_name="checkpoints"
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.slug
