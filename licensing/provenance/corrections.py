"""A correction: a new record that names the one it takes the place of. Nothing is ever changed or taken away.

The signed file keeps the record that it was signed with; the log and the site say that a later one stands beside it.
"""

import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.errors import Conflict
from generation.models import Piece
from licensing.models import ProvenanceRecord
from licensing.provenance import canonical, facts, notices, record

__all__ = ["NothingToCorrect", "correct", "newest"]


class NothingToCorrect(Conflict):
    code = "nothing_to_correct"
    title = "The newest record of this piece says what is known today."


def newest(piece: Piece) -> ProvenanceRecord:
    """The record that no other corrects. Raises ProvenanceRecord.DoesNotExist where there is none yet."""
    return ProvenanceRecord.objects.get(piece=piece, correction__isnull=True)


def correct(piece_id: UUID) -> ProvenanceRecord:
    """Write down anew what the house knows of the training and of what people did, and enter it into the log.

    What was made, from which commitments and under which labels stays as it was first recorded. Raises
    Piece.DoesNotExist, ProvenanceRecord.DoesNotExist and NothingToCorrect.
    """
    with transaction.atomic():
        piece = Piece.objects.select_for_update(of=("self",)).select_related("slot__job", "checkpoint").get(pk=piece_id)
        old = newest(piece)
        said = json.loads(old.body)
        fresh = _fresh(piece, said["human_contribution"])
        if all(said[part] == value for part, value in fresh.items()):
            raise NothingToCorrect()
        told = {**said, **fresh, "recorded_at": canonical.instant(timezone.now()), "previous": old.sha256}
        made = record.parse(canonical.encode(told))
        kept = ProvenanceRecord.objects.create(piece=piece, body=made.body.decode(), sha256=made.sha256, previous=old)
        notices.corrected(kept)
    return kept


def _fresh(piece: Piece, acts: list[Any]) -> dict[str, Any]:
    """What people did is only ever added to: that somebody wrote a prompt stays true when its words were forgotten."""
    since = [act for act in record.plain(facts.human_contribution(piece)) if act not in acts]
    return {"training": record.plain(facts.training(piece)), "human_contribution": [*acts, *since]}
