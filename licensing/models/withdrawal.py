"""A withdrawal of consent: what was withdrawn, how far its cascade is, and what it touched, and who is told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import new_id
from generation.models import Checkpoint, Dataset, InputWork, Piece
from licensing.models.licence import Grant

__all__ = ["Withdrawal", "WithdrawalLetter", "WithdrawnCheckpoint", "WithdrawnPiece"]


class Withdrawal(models.Model):
    """One withdrawal. `cursor` is the last piece that was reached: after a crash the cascade goes on behind it."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item_sha256 = models.CharField(max_length=64, blank=True)
    dataset = models.ForeignKey(Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals")
    licence_spdx = models.CharField(max_length=60, blank=True, help_text="With a dataset: only its items under this.")
    input_work = models.ForeignKey(
        InputWork, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    cursor = models.UUIDField(null=True, blank=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(~Q(item_sha256="") & Q(dataset=None, input_work=None, licence_spdx=""))
                | Q(item_sha256="", dataset__isnull=False, input_work=None)
                | Q(item_sha256="", dataset=None, input_work__isnull=False, licence_spdx=""),
                name="withdrawal_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} withdrawal {self.id}"


class WithdrawnCheckpoint(models.Model):
    """A checkpoint that a withdrawal took out of use, and what it was before."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="checkpoints")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="withdrawals")
    before = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["withdrawal", "checkpoint"], name="checkpoint_withdrawn_once")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} by {self.withdrawal_id}"


class WithdrawnPiece(models.Model):
    """A piece that a withdrawal reached."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="pieces")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["withdrawal", "piece"], name="piece_withdrawn_once")]

    def __str__(self) -> str:
        return f"{self.piece_id} by {self.withdrawal_id}"


class WithdrawalLetter(models.Model):
    """A licence whose holder is told of a withdrawal. Keeps no address: whoever holds it when it is sent is told."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="letters")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="withdrawal_letters")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["withdrawal", "grant"], name="holder_told_of_withdrawal_once")]

    def __str__(self) -> str:
        return f"{self.grant_id} by {self.withdrawal_id}"
