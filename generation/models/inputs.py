"""Works that go into pieces: a picture to restyle, the work whose style is taken. Their rights carry over."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models.job import Job
from generation.models.piece import Piece


class InputWork(models.Model):
    """One input work, stored in `masters` under its digest, with the right to use it as its owner stated it."""

    class Origin(models.TextChoices):
        UPLOAD = "upload"
        PIECE = "piece"
        STUDIO = "studio"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="input_works")
    origin = models.CharField(max_length=10, choices=Origin)
    piece = models.ForeignKey(Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="used_as")
    kind = models.CharField(max_length=20, default="picture")
    media_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120, help_text="Where it lies in the `masters` area.")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    licence_spdx = models.CharField(max_length=60, help_text="SPDX identifier, or LicenseRef-own for the owner's work.")
    rights_holder = models.CharField(max_length=200)
    source = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256", "licence_spdx"], name="one_input_per_owner"),
            models.CheckConstraint(condition=~Q(licence_spdx="") & ~Q(rights_holder=""), name="input_has_rights"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.sha256[:12]}"


class JobInput(models.Model):
    """An input work in a job, under the role that the engine knows it by."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="inputs")
    role = models.CharField(max_length=20)
    work = models.ForeignKey(InputWork, on_delete=models.PROTECT, related_name="jobs")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "role"], name="one_input_per_role")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.role}"
