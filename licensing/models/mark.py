"""What finds a piece again when its file has lost all papers: the payload of its invisible mark, and fingerprints."""

import secrets

from django.core.validators import MaxValueValidator
from django.db import models

from generation.models import Piece

__all__ = ["Fingerprint", "Mark", "new_payload"]

_BITS = 63


def new_payload() -> int:
    """63 bits by chance: databases know no unsigned number of 64."""
    return secrets.randbits(_BITS)


class Mark(models.Model):
    """The number that the picture of a piece carries, and which of the house's secrets it is written with."""

    piece = models.OneToOneField(Piece, primary_key=True, on_delete=models.PROTECT, related_name="mark")
    payload = models.PositiveBigIntegerField(
        unique=True, default=new_payload, validators=[MaxValueValidator(2**63 - 1)]
    )
    version = models.PositiveSmallIntegerField(help_text="Of the secret: watermark-N.key among the signing keys.")

    def __str__(self) -> str:
        return f"mark of {self.piece_id}"


class Fingerprint(models.Model):
    """256 bits of the picture of a piece (`part` 0) or of a part of it, as `fingerprints.of_piece` orders them."""

    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="fingerprints")
    part = models.PositiveSmallIntegerField()
    bits = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["piece", "part"], name="one_fingerprint_per_part")]

    def __str__(self) -> str:
        return f"fingerprint {self.part} of {self.piece_id}"
