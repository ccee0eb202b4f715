"""Asking for pieces of a tiny checkpoint, and what became of them."""

from typing import Any

import django.conf
from django.utils import timezone

from common import storage
from common.models import User
from generation import engines, jobs
from generation.models import Checkpoint, Job, Piece, Slot
from generation.parameters import spec
from tests import factories

__all__ = ["SIDE", "ask", "let_it_be_tried_again", "states", "stored", "undisturbed"]

SIDE = {"width": 256, "height": 256}


def ask(checkpoint: Checkpoint, *, by: User | None = None, **fields: Any) -> Job:
    given: dict[str, Any] = {"parameters": SIDE, "seed": 1, "count": 8, **fields}
    return jobs.request(requested_by=by or factories.user(), checkpoint=checkpoint, **given)


def undisturbed(checkpoint: Checkpoint, seeds: range, slots: int = 8) -> dict[int, bytes]:
    """What the engine alone makes of these seeds, in so many slots."""
    folder = django.conf.settings.CHECKPOINT_DIR / checkpoint.folder
    engine = engines.load("palette-field", folder, weights_sha256=checkpoint.weights_sha256)
    requests = [spec(checkpoint).request(seed, SIDE) for seed in seeds]
    return {made.seed: made.work.encode() for made in engine.generate(requests, slots=slots)}


def stored() -> dict[int, bytes]:
    return {piece.seed: storage.read("masters", piece.master_name) for piece in Piece.objects.all()}


def states() -> list[str]:
    return list(Slot.objects.order_by("seed").values_list("state", flat=True))


def let_it_be_tried_again() -> None:
    Slot.objects.filter(not_before__isnull=False).update(not_before=timezone.now())
