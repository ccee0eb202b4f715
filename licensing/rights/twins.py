"""Other pieces of the house that look nearly the same as one, by their fingerprints."""

from dataclasses import dataclass
from uuid import UUID

from generation.models import Piece
from licensing.models import Fingerprint

__all__ = ["NEAR", "Twin", "of"]

# Of 256 bits. The authors of PDQ call 31 the same picture; chance comes that near once in 10 to the 35th comparisons.
NEAR = 31
# 32 bytes each: what is older is no longer looked at.
NEWEST = 100_000
_WHOLE = 0
_MOST = 20


@dataclass(frozen=True)
class Twin:
    """A piece, in how many of 256 bits it differs, and whether the same person asked for it."""

    piece_id: UUID
    distance: int
    same_person: bool


def of(piece: Piece) -> tuple[Twin, ...] | None:
    """The nearest first, twenty at most; None where the piece has no fingerprint. At most three queries."""
    whole = Fingerprint.objects.filter(part=_WHOLE)
    own = whole.filter(piece=piece).values_list("bits", flat=True).first()
    if own is None:
        return None
    mine = int.from_bytes(bytes(own))
    others = whole.exclude(piece=piece).order_by("-pk").values_list("piece_id", "bits")[:NEWEST]
    away = {piece_id: (int.from_bytes(bytes(bits)) ^ mine).bit_count() for piece_id, bits in others.iterator()}
    near = sorted((distance, piece_id) for piece_id, distance in away.items() if distance <= NEAR)[:_MOST]
    makers = _makers([piece_id for _, piece_id in near])
    person = piece.slot.job.requested_by_id
    return tuple(Twin(piece_id, distance, makers[piece_id] == person) for distance, piece_id in near)


def _makers(pieces: list[UUID]) -> dict[UUID, object]:
    found = Piece.objects.filter(pk__in=pieces) if pieces else Piece.objects.none()
    return dict(found.values_list("pk", "slot__job__requested_by_id"))
