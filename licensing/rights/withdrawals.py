"""A withdrawal of consent and its cascade, in chunks that each stand or fall whole; it resumes where it stopped.

A piece that is reached loses its approval; the database takes a listing of it down in the same step, and who asks
whether the piece is genuine hears that it was withdrawn. Nothing is deleted.
"""

import time
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common import audit, outbox, states
from common.errors import BadRequest, Conflict
from common.models import AuditLine, User
from generation.models import Checkpoint, InputWork, Slot, WithdrawnItem
from licensing.models import (
    Grant,
    ProvenanceRecord,
    Review,
    Withdrawal,
    WithdrawalLetter,
    WithdrawnCheckpoint,
    WithdrawnPiece,
)
from licensing.provenance import canonical, keys, log
from licensing.provenance.statements import WITHDRAWN, Notice
from licensing.rights import blast_radius

__all__ = ["NothingWithdrawn", "RadiusChanged", "begin", "carry_on", "check_one_thing", "resume", "step"]

State = Withdrawal.State
STATES: states.Table = {(State.RUNNING, "operator"): frozenset({State.DONE})}
CHUNK = 2000
# An approval that a claim has set aside is taken back too, or it would stand again when the claim ends.
_STANDING = (Review.State.APPROVED, Review.State.SUSPENDED)
_UNFINISHED = (Slot.State.WAITING, Slot.State.CLAIMED)


class RadiusChanged(Conflict):
    code = "withdrawal_radius_changed"
    title = "This touches another number of pieces than you were shown. Look at the radius again."


class NothingWithdrawn(BadRequest):
    code = "withdrawal_incomplete"
    title = "Name one thing to withdraw (an item, a dataset or an input work) and a reason."


def check_one_thing(asked: Withdrawal) -> None:
    """Raises NothingWithdrawn unless exactly one thing is named."""
    named = (bool(asked.item_sha256), bool(asked.dataset_id), bool(asked.input_work_id))
    stray_licence = bool(asked.licence_spdx) and not asked.dataset_id
    if sum(named) != 1 or stray_licence:
        raise NothingWithdrawn()


def begin(*, asked: Withdrawal, by: User | None, seen_pieces: int | None = None) -> Withdrawal:
    """Save what was asked for, and in the same step stop all that could make more of it.

    Raises NothingWithdrawn unless exactly one thing and a reason are named, RadiusChanged where other than the
    `seen_pieces` are touched.
    """
    check_one_thing(asked)
    if not asked.reason.strip():
        raise NothingWithdrawn()
    if seen_pieces is not None and blast_radius.pieces(asked).count() != seen_pieces:
        raise RadiusChanged()
    with transaction.atomic():
        asked.begun_by = by
        asked.save(force_insert=True)
        audit.record(action="withdrawal.begun", subject=asked, role="operator", actor=by, reason=asked.reason)
        _block(asked, by)
    return asked


def carry_on(*, seconds: float) -> None:
    """Carry the oldest withdrawals that are running on for about so long."""
    end = time.monotonic() + seconds
    for withdrawal in Withdrawal.objects.filter(state=State.RUNNING).order_by("pk"):
        while time.monotonic() < end and step(withdrawal):
            pass


def resume(withdrawal: Withdrawal) -> None:
    """Carry the cascade to its end; a withdrawal that is done is left as it is."""
    while step(withdrawal):
        pass


def step(withdrawal: Withdrawal) -> bool:
    """One chunk of pieces, all of it or nothing; False once there is nothing left to do.

    The end is announced as `withdrawal.done` {withdrawal_id}; the letters are owed from then on.
    """
    with transaction.atomic():
        row = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
        if row.state != State.RUNNING:
            return False
        rest = blast_radius.pieces(row)
        rest = rest.filter(pk__gt=row.cursor) if row.cursor else rest
        ids = list(rest.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not ids:
            states.advance(
                row, to=State.DONE, table=STATES, role="operator", action="withdrawal.done", done_at=timezone.now()
            )
            outbox.emit("withdrawal.done", withdrawal_id=str(row.pk))
            return False
        _reach(row, ids)
        Withdrawal.objects.filter(pk=row.pk).update(cursor=ids[-1])
    return True


def _block(withdrawal: Withdrawal, by: User | None) -> None:
    list(blast_radius.versions(withdrawal).order_by("pk").select_for_update(no_key=True))  # see checkpoints/consent.py
    ids = blast_radius.checkpoints(withdrawal)
    blocked = list(Checkpoint.objects.filter(pk__in=ids).order_by("pk").select_for_update())
    WithdrawnCheckpoint.objects.bulk_create(
        WithdrawnCheckpoint(withdrawal=withdrawal, checkpoint=one, before=one.state) for one in blocked
    )
    for one in blocked:
        audit.record(
            action="checkpoint.withdrawn",
            subject=one,
            role="operator",
            actor=by,
            before=one.state,
            after=Checkpoint.State.WITHDRAWN,
            reason=withdrawal.reason,
        )
    Checkpoint.objects.filter(pk__in=ids).update(state=Checkpoint.State.WITHDRAWN)
    WithdrawnItem.objects.bulk_create(
        (WithdrawnItem(sha256=one, withdrawn_at=withdrawal.begun_at) for one in blast_radius.items(withdrawal)),
        batch_size=CHUNK,
        ignore_conflicts=True,
    )
    if withdrawal.input_work_id:
        InputWork.objects.filter(pk=withdrawal.input_work_id).update(withdrawn_at=withdrawal.begun_at)
    # What a worker is just making is thrown away too: its fence no longer holds.
    Slot.objects.filter(job__in=blast_radius.jobs(withdrawal, ids), state__in=_UNFINISHED).update(
        state=Slot.State.FAILED,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_code="consent_withdrawn",
        error_detail="The consent for something that this was to be made with has been withdrawn.",
    )


def _reach(withdrawal: Withdrawal, piece_ids: list[UUID]) -> None:
    """Mark the pieces, take their approvals back, and say so in the audit trail and in the log."""
    WithdrawnPiece.objects.bulk_create(WithdrawnPiece(withdrawal=withdrawal, piece_id=pk) for pk in piece_ids)
    standing = Review.objects.filter(piece__in=piece_ids, state__in=_STANDING).order_by("pk")
    before = dict(standing.select_for_update().values_list("pk", "state"))
    Review.objects.filter(pk__in=list(before)).update(state=Review.State.WITHDRAWN)
    AuditLine.objects.bulk_create(
        AuditLine(
            actor_id=withdrawal.begun_by_id,
            role="operator",
            action="review.withdrawn",
            subject_type=Review._meta.label_lower,
            subject_id=str(pk),
            before=state,
            after=Review.State.WITHDRAWN,
            reason=f"withdrawal {withdrawal.pk}",
        )
        for pk, state in before.items()
    )
    # After the reviews are locked: nothing more is granted in these pieces.
    held = Grant.objects.filter(piece__in=piece_ids, state=Grant.State.LIVE).order_by("pk")
    WithdrawalLetter.objects.bulk_create(WithdrawalLetter(withdrawal=withdrawal, grant=grant) for grant in held)
    _enter(withdrawal, piece_ids)


def _enter(withdrawal: Withdrawal, piece_ids: list[UUID]) -> None:
    """One statement a piece, under one lock and one signed head."""
    at = canonical.instant(withdrawal.begun_at)
    records = ProvenanceRecord.objects.filter(piece__in=piece_ids, previous__isnull=True).order_by("piece_id")
    notices = [
        Notice(type=WITHDRAWN, subject=str(piece_id), details={"record_sha256": sha256}, at=at)
        for piece_id, sha256 in records.values_list("piece_id", "sha256")
    ]
    if notices:
        log.append_many(notices, keys=keys.ensure(settings.SIGNING_KEYS))
