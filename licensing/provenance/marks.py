"""The marks of this house: which number each piece carries, under which secret, and the fingerprints it is found by."""

from django.conf import settings
from django.db import transaction

from common.laptop import kept_secret
from generation.models import Piece
from licensing.models import Fingerprint, Mark
from licensing.provenance import fingerprints, keys, watermark

__all__ = ["marked", "remember", "secret"]

# Of the secret that new marks are written with. Older ones are kept, or older marks could not be read.
_VERSION = 1


def secret(version: int) -> bytes:
    """The secret of that version, which lies among the signing keys and is made on first use."""
    keys.ensure(settings.SIGNING_KEYS)
    return kept_secret(settings.SIGNING_KEYS / f"watermark-{version}.key").encode()


def marked(piece: Piece, pixels: watermark.Pixels) -> watermark.Pixels:
    """`pixels` with the mark of the piece, which it gets once: called again with the same pixels, gives the same."""
    mark, _ = Mark.objects.get_or_create(piece=piece, defaults={"version": _VERSION})
    return watermark.embed(pixels, mark.payload, secret=secret(mark.version))


def remember(piece: Piece, pixels: watermark.Pixels) -> None:
    """Keep the fingerprints of the marked picture; what is kept already stays."""
    bits = fingerprints.of_piece(watermark.square(pixels))
    rows = [Fingerprint(piece=piece, part=part, bits=one) for part, one in enumerate(bits)]
    with transaction.atomic():
        Fingerprint.objects.bulk_create(rows, ignore_conflicts=True)
