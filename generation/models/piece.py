"""A finished piece: what came out of a slot, for ever."""

from django.db import models
from django.utils import timezone

from common.ids import new_id
from generation.models.checkpoint import Checkpoint
from generation.models.job import Slot


class Piece(models.Model):
    """One made piece. Append-only. The master is stored in the `masters` area under its content digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="piece")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="pieces")
    kind = models.CharField(max_length=20, default="picture")
    media_type = models.CharField(max_length=60)
    width = models.PositiveIntegerField(null=True, help_text="In pixels, of what is seen; none for texts.")
    height = models.PositiveIntegerField(null=True)
    content_sha256 = models.CharField(max_length=64, db_index=True, help_text="Digest of the master before any papers.")
    master_name = models.CharField(max_length=120)
    seed = models.BigIntegerField()
    parameters = models.JSONField(help_text="Every parameter that influenced the output, as the engine used it.")
    profile = models.JSONField(help_text="Library versions, device, dtype, threads, batch slots.")
    still_name = models.CharField(max_length=120, blank=True, help_text="Its picture, where the master is none.")
    companions = models.JSONField(default=dict, help_text="Further files: name → stored name, digest, media type.")
    steps = models.JSONField(default=list, help_text="Of a chain: each step's model, seed, parameters and inputs.")
    device_seconds = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, help_text="Device seconds × price.")
    cost_currency = models.CharField(max_length=3, blank=True)
    scores = models.JSONField(default=dict, help_text="Heuristics of generation/evaluation.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)
