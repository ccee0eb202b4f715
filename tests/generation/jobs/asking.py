"""A checkpoint to ask, asking it, and what a worker would say it made: without weights, and without torch."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from generation import jobs
from generation.models import Checkpoint, Job, Piece, Slot
from tests import factories

__all__ = ["SIDE", "ask", "let_leases_lapse", "made"]

SIDE = {"width": 256, "height": 256}


def ask(checkpoint: Checkpoint, **fields: Any) -> Job:
    given: dict[str, Any] = {"parameters": SIDE, "seed": 5, "count": 1, **fields}
    return jobs.request(requested_by=factories.user(), checkpoint=checkpoint, **given)


def made(slot: Slot) -> Piece:
    return jobs.finish(
        slot,
        media_type="image/png",
        width=256,
        height=256,
        content_sha256="ab" * 32,
        master_name="ab/ab.png",
        parameters={},
        profile={},
        started_at=timezone.now(),
    )


def let_leases_lapse() -> None:
    Slot.objects.filter(state="claimed").update(lease_expires_at=timezone.now() - timedelta(seconds=1))
