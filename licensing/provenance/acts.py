"""What people do for a piece, written down when they do it and never changed."""

from typing import Any

from common.models import User
from generation.models import Piece
from licensing.models import HumanAct

__all__ = ["note"]


def note(*, piece: Piece, act: str, by: User, detail: dict[str, Any]) -> HumanAct:
    """Write an act down in the caller's transaction. `act` in snake case; `detail` holds no personal data.

    It stands in the record of the piece if that is not yet written; otherwise in the next correction of it.
    """
    return HumanAct.objects.create(piece=piece, act=act, by=by, detail=detail)
