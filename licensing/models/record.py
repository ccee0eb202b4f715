"""Provenance records, their sealed openings, signed files and the transparency log. Append-only but for openings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Piece


class ProvenanceRecord(models.Model):
    """Version 1 of the record as canonical JSON (RFC 8785). A correction is a new record that names the old one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="records")
    body = models.TextField(help_text="The canonical bytes as UTF-8. What is hashed is exactly this.")
    sha256 = models.CharField(max_length=64, unique=True)
    previous = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="correction")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["piece"], condition=Q(previous__isnull=True), name="one_first_record")
        ]

    def __str__(self) -> str:
        return self.sha256


class Openings(models.Model):
    """The values and salts behind a record's commitments. Sealed: for the owner and reviewers; may be destroyed."""

    record = models.OneToOneField(ProvenanceRecord, primary_key=True, on_delete=models.PROTECT, related_name="openings")
    body = models.JSONField()

    class Meta:
        verbose_name_plural = "openings"

    def __str__(self) -> str:
        return f"openings of {self.record_id}"


class SignedFile(models.Model):
    """The piece as a file that carries its papers, in the `masters` area."""

    piece = models.OneToOneField(Piece, primary_key=True, on_delete=models.PROTECT, related_name="signed_file")
    record = models.OneToOneField(ProvenanceRecord, on_delete=models.PROTECT, related_name="signed_file")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64, unique=True)
    byte_count = models.PositiveBigIntegerField()
    signer = models.CharField(max_length=100)
    signed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256


class LogLeaf(models.Model):
    """One statement in the transparency log. `index` is its place: gapless, from 0."""

    index = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, db_index=True)
    body = models.TextField(help_text="Canonical JSON; the leaf hash is SHA-256(0x00 ‖ body).")
    leaf_hash = models.CharField(max_length=64, unique=True)
    appended_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "log leaves"
        indexes = [
            models.Index(fields=["kind"], name="log_of_keys", condition=Q(kind__in=["key.rotated", "key.compromised"]))
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class LogNode(models.Model):
    """The root of one complete subtree of two leaves or more, kept so that a proof reads a few rows and not all leaves.

    `place` numbers the nodes of the tree from left to right, leaves included: see `log_nodes.place`.
    """

    place = models.PositiveBigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.place} {self.hash[:12]}"


class TreeHead(models.Model):
    """A signed head of the log, in the C2SP checkpoint format. Old heads are kept for ever."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root_hash = models.CharField(max_length=64)
    note = models.TextField()
    signed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.size} {self.root_hash[:12]}"


class HeadStamp(models.Model):
    """An independent time-stamp (RFC 3161) on a tree head, asked for after the head was signed."""

    head = models.OneToOneField(TreeHead, primary_key=True, on_delete=models.PROTECT, related_name="stamp")
    token = models.BinaryField(help_text="The authority's reply, DER.")
    stamped_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"stamp of {self.head_id}"


class HumanAct(models.Model):
    """Something that a person did for a piece, written down when they did it: evidence for a claim of authorship."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="human_acts")
    act = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["piece", "act", "at"], name="one_act_at_a_time")]
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.act}: {self.piece_id}"
