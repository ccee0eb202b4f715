"""The marks of this house: which number each piece carries, under which secret, and the fingerprints it is found by."""

import re
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from common.laptop import kept_secret
from generation.models import Piece
from licensing.models import Fingerprint, Mark
from licensing.provenance import fingerprints, keys, watermark

__all__ = ["marked", "newest", "remember", "rotate", "secret"]

_FIRST = 1
_NAME = re.compile(r"watermark-([1-9][0-9]{0,3})\.key")


def newest() -> int:
    """The version of the secret that new marks are written with. Older ones are kept, or their marks were lost."""
    keys.ensure(settings.SIGNING_KEYS)
    found = (_NAME.fullmatch(path.name) for path in settings.SIGNING_KEYS.iterdir())
    return max((int(name[1]) for name in found if name), default=_FIRST)


def secret(version: int) -> bytes:
    """The secret of that version, which lies among the signing keys; the first is made on first use.

    Raises keys.KeysDamaged where a later one is gone: another in its place would find none of its marks.
    """
    keys.ensure(settings.SIGNING_KEYS)
    path = _path(version)
    if version != _FIRST and not path.exists():
        raise keys.KeysDamaged(f"{path.parent} lacks {path.name}. Restore it from a copy: its marks cannot be read.")
    return kept_secret(path).encode()


def rotate() -> int:
    """Make a new secret for the marks of new pieces and return its version. Pieces keep the marks that they have."""
    secret(_FIRST)
    # A version whose secret got lost still stands in rows, and must not come back with another secret.
    used = Mark.objects.aggregate(Max("version"))["version__max"] or _FIRST
    version = max(newest(), used) + 1
    kept_secret(_path(version))
    return version


def _path(version: int) -> Path:
    return Path(settings.SIGNING_KEYS) / f"watermark-{version}.key"


def marked(piece: Piece, pixels: watermark.Pixels) -> watermark.Pixels:
    """`pixels` with the mark of the piece, which it gets once: called again with the same pixels, gives the same."""
    mark, _ = Mark.objects.get_or_create(piece=piece, defaults={"version": newest()})
    return watermark.embed(pixels, mark.payload, secret=secret(mark.version))


def remember(piece: Piece, pixels: watermark.Pixels) -> None:
    """Keep the fingerprints of the marked picture; what is kept already stays."""
    bits = fingerprints.of_piece(watermark.square(pixels))
    rows = [Fingerprint(piece=piece, part=part, bits=one) for part, one in enumerate(bits)]
    with transaction.atomic():
        Fingerprint.objects.bulk_create(rows, ignore_conflicts=True)
