"""Signing and verifying against reading the same bytes and hashing them."""

import hashlib
from collections.abc import Iterator

from django.conf import settings

from benchmarks.rows import Row, rate
from common import storage
from generation.models import Piece
from licensing.provenance import keys, publish, verify

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """Pieces per second: papers for a piece, and the verifier on a signed file."""
    pieces = list(Piece.objects.all()[:12])
    master = storage.read("masters", pieces[0].master_name)
    hashing = rate(lambda: hashlib.sha256(master).hexdigest())
    waiting = iter(pieces)
    papers = rate(lambda: publish.papers(next(waiting).pk), seconds=0.2, rounds=3)
    house = keys.ensure(settings.SIGNING_KEYS)
    trust = verify.Trust(anchors=house.root_pem, log_keys=(house.log_public,))
    signed = storage.read("masters", publish.papers(pieces[0].pk).name)
    checking = rate(lambda: verify.check(signed, name="piece.png", trust=trust))
    yield Row("papers: record, credential, log entry", papers, "/s", "verifying the signed file", checking)
    yield Row("verifying a signed 512 px picture", checking, "/s", "SHA-256 of the same bytes", hashing)
