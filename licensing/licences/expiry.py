"""The sweep that ends licences whose time is over. A piece that cannot be swept holds up no other."""

import logging

from django.utils import timezone

from generation.models import Piece
from licensing.licences import grants
from licensing.models import Grant

__all__ = ["sweep"]

_AT_ONCE = 500

log = logging.getLogger(__name__)


def sweep() -> None:
    """End live grants whose time is over, each piece in a transaction of its own; what is left comes next time."""
    now = timezone.now()
    due = Grant.objects.filter(state=Grant.State.LIVE, expires_at__lte=now).values("piece_id")
    for piece in Piece.objects.filter(pk__in=due).order_by("id")[:_AT_ONCE]:
        try:
            grants.expire(piece=piece, at=now)
        except Exception:
            log.exception("the licences in piece %s could not be ended", piece.pk)
