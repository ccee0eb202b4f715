"""Training data: a dataset, its frozen versions and their items, each with a digest, a licence and a consent basis."""

from django.db import models
from django.utils import timezone

from common.ids import new_id


class Dataset(models.Model):
    """A named body of training data; what is trained on is always one of its frozen versions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.slug


class DatasetVersion(models.Model):
    """A frozen version: its items never change, and `merkle_root` commits to all of them (RFC 9162 tree)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    merkle_root = models.CharField(max_length=64)
    item_count = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, default="picture", help_text="What its items are: picture, text, form.")
    cleaning = models.JSONField(default=list, help_text="What was done to the items, step by step, before freezing.")
    licence_counts = models.JSONField(help_text="How many items are under which SPDX licence.")
    consent_basis = models.CharField(max_length=200)
    opt_out_count = models.PositiveIntegerField(default=0)
    recipe = models.JSONField(null=True, help_text="How to make the items again, where the project drew them itself.")
    frozen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "version"], name="one_dataset_version")]

    def __str__(self) -> str:
        return f"{self.dataset.slug} version {self.version}"


class WithdrawnItem(models.Model):
    """An item whose consent was withdrawn: it stays in the versions that are frozen, and gets into no other."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    withdrawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256


class DatasetItem(models.Model):
    """One training item of a frozen version. An item without a licence is refused when freezing."""

    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="items")
    index = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    licence_spdx = models.CharField(max_length=60)
    rights_holder = models.CharField(max_length=200)
    consent_basis = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    title = models.CharField(max_length=200, blank=True)
    opt_out = models.JSONField(default=dict, help_text="Opt-out signals seen when freezing: signal → what it said.")
    fingerprint = models.CharField(max_length=128, blank=True, help_text="Finds near copies; its method comes first.")
    recipe = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset_version", "index"], name="one_item_per_index"),
            models.CheckConstraint(condition=~models.Q(licence_spdx=""), name="item_has_a_licence"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_version} item {self.index}"
