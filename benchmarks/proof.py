"""Signing and verifying against reading the same bytes and hashing them, at one megapixel on one core."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.conf import settings
from PIL import Image

from benchmarks.rows import Row, rate
from common import storage
from generation.models import Piece
from licensing.models import SignedFile
from licensing.provenance import keys, publish, verify
from tests import factories

__all__ = ["measure"]

_SIDE = 1024


def measure() -> Iterator[Row]:
    """Pieces per second: papers for a picture and the time that making it took, and the verifier on its signed file."""
    made = Piece.objects.exclude(device_seconds=None).order_by("-device_seconds").first()
    pieces = [_piece(number) for number in range(12)]
    waiting = iter(pieces)
    papers = rate(lambda: publish.papers(next(waiting).pk), seconds=0.2, rounds=3)
    house = keys.ensure(settings.SIGNING_KEYS)
    trust = verify.Trust(anchors=house.root_pem, log_keys=(house.log_public,))
    signed = storage.read("masters", SignedFile.objects.filter(piece__in=pieces)[0].name)
    hashing = rate(lambda: hashlib.sha256(signed).hexdigest())
    checking = rate(lambda: verify.check(signed, name="piece.jpg", trust=trust))
    ms = f"all papers of a 1 MP JPEG: {1000 / papers:.0f} ms (bar 250)"
    yield Row(ms, papers, "/s", "SHA-256 of the same bytes", hashing)
    if made is not None and made.device_seconds:
        share = f"papers of 1 MP, beside making {made.width} x {made.height} px"
        yield Row(share, papers, "/s", "making it", 1 / float(made.device_seconds))
    yield Row(f"verifying a 1 MP JPEG: {1000 / checking:.1f} ms (bar 30)", checking, "/s", "SHA-256 of it", hashing)


def _piece(number: int) -> Piece:
    """A picture of one megapixel whose papers are written into a JPEG."""
    coarse = np.random.default_rng(number).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    stored = storage.put("masters", out.getvalue(), ".jpg")
    described: dict[str, Any] = {"media_type": "image/jpeg", "width": _SIDE, "height": _SIDE}
    return factories.piece(factories.user(), content_sha256=stored.sha256, master_name=stored.name, **described)
