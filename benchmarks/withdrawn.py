"""Pieces that a withdrawal touches, in any number, and what is wrong after it. Nothing is drawn: rows only."""

import hashlib
from typing import Any

from django.utils import timezone

from common import merkle
from common.models import AuditLine, User
from generation.models import Checkpoint, Dataset, DatasetItem, DatasetVersion, Job, Piece, Slot, TrainingRun
from licensing.models import LogLeaf, ProvenanceRecord, Review, TreeHead, Withdrawal, WithdrawnPiece
from marketplace.models import Artwork, Profile

__all__ = ["faults", "fill"]

_PER_JOB, _LISTED_EVERY, _AT_ONCE = 50, 10, 5_000


def fill(pieces: int) -> str:
    """So many approved pieces with records, every tenth of them listed; the digest of the item they all go back to."""
    item = _digest("item")
    model, person = _trained_on(item), User.objects.create_user("withdrawn", password=None)
    maker = Profile.objects.create(user=person, slug="withdrawn", name="Withdrawn")
    for first in range(0, pieces, _AT_ONCE):
        _fill(range(first, min(first + _AT_ONCE, pieces)), model, maker)
    return item


def faults(withdrawal: Withdrawal, pieces: int) -> dict[str, tuple[Any, Any]]:
    """What is not as it has to be at the end, beside what it has to be; empty if all is well."""
    withdrawal.refresh_from_db()
    stated = LogLeaf.objects.filter(kind="piece.withdrawn")
    leaves = LogLeaf.objects.order_by("index").values_list("leaf_hash", flat=True)
    found: dict[str, tuple[Any, Any]] = {
        "state": (withdrawal.state, "done"),
        "pieces": (WithdrawnPiece.objects.filter(withdrawal=withdrawal).count(), pieces),
        "statements": (stated.count(), pieces),
        "pieces stated": (stated.values("subject").distinct().count(), pieces),
        "audit lines": (AuditLine.objects.filter(action="review.withdrawn").count(), pieces),
        "approved": (Review.objects.filter(state=Review.State.APPROVED).count(), 0),
        "listed": (Artwork.objects.filter(state=Artwork.State.LISTED).count(), 0),
        "root": (TreeHead.objects.latest("size").root_hash, merkle.root([bytes.fromhex(one) for one in leaves]).hex()),
    }
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _trained_on(item: str) -> Checkpoint:
    version = DatasetVersion.objects.create(
        dataset=Dataset.objects.create(slug="withdrawn", title="Withdrawn"),
        version=1,
        merkle_root=item,
        item_count=1,
        licence_counts={"CC0-1.0": 1},
        consent_basis="given",
    )
    DatasetItem.objects.create(
        dataset_version=version,
        index=0,
        sha256=item,
        licence_spdx="CC0-1.0",
        rights_holder="A",
        consent_basis="given",
        source="here",
    )
    now = timezone.now()
    run = TrainingRun.objects.create(name="r", trainer="gan", config={}, seed=1, started_at=now, finished_at=now)
    run.dataset_versions.add(version)
    return Checkpoint.objects.create(
        slug="withdrawn",
        version="1",
        title="Withdrawn",
        engine="palette-field",
        folder="withdrawn",
        weights_sha256=_digest("weights"),
        architecture={},
        card={},
        licence_spdx="CC0-1.0",
        commercial_output=True,
        training_run=run,
    )


def _fill(numbers: range, model: Checkpoint, maker: Profile) -> None:
    now, by = timezone.now(), maker.user
    jobs = Job.objects.bulk_create(
        Job(requested_by=by, checkpoint=model, parameters={}, seed=first, count=_PER_JOB)
        for first in numbers[::_PER_JOB]
    )
    slots = Slot.objects.bulk_create(
        Slot(job=jobs[i // _PER_JOB], index=i % _PER_JOB, seed=n, batch_key="x", state="finished", finished_at=now)
        for i, n in enumerate(numbers)
    )
    digests = [_digest(f"piece {n}") for n in numbers]
    about: dict[str, Any] = {"media_type": "image/png", "width": 64, "height": 48, "parameters": {}, "profile": {}}
    pieces = Piece.objects.bulk_create(
        Piece(
            slot=slot,
            checkpoint=model,
            content_sha256=digest,
            master_name=f"{digest}.png",
            seed=slot.seed,
            started_at=now,
            **about,
        )
        for slot, digest in zip(slots, digests, strict=True)
    )
    ProvenanceRecord.objects.bulk_create(
        ProvenanceRecord(piece=piece, body="{}", sha256=digest) for piece, digest in zip(pieces, digests, strict=True)
    )
    Review.objects.bulk_create(
        Review(piece=piece, state=Review.State.APPROVED, reviewer=by, decided_at=now) for piece in pieces
    )
    Artwork.objects.bulk_create(
        Artwork(
            slug=f"w-{piece.seed}",
            piece=piece,
            maker=maker,
            title="W",
            alt_text="W",
            state=Artwork.State.LISTED,
            edition_size=5,
            listed_at=now,
        )
        for piece in pieces[::_LISTED_EVERY]
    )


def _digest(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()
