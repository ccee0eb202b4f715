"""Licences that somebody holds in a piece: granted once for each sale, revoked when the sale is undone.

What was sold, at which price, is not known here: `source` names it, so that nothing is granted twice for it.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from common import audit, outbox, states
from common.errors import Conflict
from common.models import User
from generation.models import Piece
from licensing.licences import odrl, terms
from licensing.models import Grant, LicenceTemplate, Review, RightsRegister

__all__ = ["ExclusiveTaken", "NotApproved", "OthersHoldLicences", "SourceReused", "expire", "grant", "locked", "revoke"]

STATES: states.Table = {
    (Grant.State.LIVE, "house"): frozenset({Grant.State.REVOKED, Grant.State.EXPIRED}),
    (Grant.State.LIVE, "staff"): frozenset({Grant.State.REVOKED}),
}


class ExclusiveTaken(Conflict):
    code = "exclusive_taken"
    title = "Somebody holds this piece exclusively. No further licence is granted."


class OthersHoldLicences(ExclusiveTaken):
    code = "others_hold_licences"
    title = "Others hold licences in this piece, so it cannot be given exclusively."


class NotApproved(Conflict):
    code = "review_not_approved"
    title = "The rights review of this piece is not approved, so nothing is granted in it."


class SourceReused(Conflict):
    code = "source_reused"
    title = "A grant of another piece or licence was made for the same sale."


def grant(
    *,
    piece: Piece,
    template: LicenceTemplate,
    holder: User | None,
    holder_email: str,
    work_title: str,
    edition_number: int | None,
    edition_size: int | None,
    source: str,
) -> Grant:
    """Give a licence in `piece`; the same `source` gets the grant that it got before, even one that has ended since.

    The terms are frozen into the grant. Raises NotApproved without an approved review, ExclusiveTaken or
    OthersHoldLicences where an exclusive grant would stand beside another, and then changes nothing.
    """
    try:
        with transaction.atomic():
            approved = _lock_review(piece)
            if earlier := Grant.objects.filter(source=source).first():
                return _same(earlier, piece, template)
            if not approved:
                raise NotApproved()
            now = timezone.now()
            _end_due(piece, at=now)
            _enter(piece, exclusive=template.exclusive)
            frozen, terms_sha256 = terms.freeze(template)
            made = Grant(
                piece=piece,
                template=template,
                terms=frozen,
                terms_sha256=terms_sha256,
                exclusive=template.exclusive,
                holder=holder,
                holder_email=holder_email,
                work_title=work_title,
                edition_number=edition_number,
                edition_size=edition_size,
                source=source,
                granted_at=now,
                expires_at=now + timedelta(days=template.lasts_days) if template.lasts_days else None,
            )
            made.policy, made.policy_sha256 = odrl.freeze(made)
            made.save(force_insert=True)
            audit.record(action="grant.made", subject=made, role="house", actor=holder, after=made.state)
            outbox.emit("grant.made", grant_id=str(made.pk), piece_id=str(piece.pk), exclusive=made.exclusive)
    except IntegrityError:  # the same source, for another piece, at the same moment
        if earlier := Grant.objects.filter(source=source).first():
            return _same(earlier, piece, template)
        raise
    return made


def revoke(*, grant: Grant, reason: str, actor: User | None = None) -> None:
    """End a live grant and free its place in the register. One that has ended already stays as it is."""
    with transaction.atomic():
        _lock_review(grant.piece)
        grant.refresh_from_db()
        if grant.state != Grant.State.LIVE:
            return
        states.advance(
            grant,
            to=Grant.State.REVOKED,
            table=STATES,
            role="staff" if actor and actor.is_staff else "house",
            action="grant.revoked",
            actor=actor,
            reason=reason,
            revoked_at=timezone.now(),
            revoked_because=reason[:200],
        )
        _leave(grant)
        outbox.emit("grant.revoked", grant_id=str(grant.pk), piece_id=str(grant.piece_id), reason=reason)


def locked(grant: Grant) -> Grant:
    """The grant as it is now; nobody else grants, revokes or transfers in its piece until the transaction ends."""
    _lock_review(grant.piece)
    return Grant.objects.select_related("piece").get(pk=grant.pk)


def _lock_review(piece: Piece) -> bool:
    """Whether the piece may be licensed. Grants of one piece and the withdrawal of its approval wait for each other."""
    review = Review.objects.select_for_update(no_key=True).filter(piece=piece).first()
    return review is not None and review.state == Review.State.APPROVED


def _enter(piece: Piece, *, exclusive: bool) -> None:
    """Count the new grant in the register, if the register allows it. One conditional UPDATE decides."""
    RightsRegister.objects.get_or_create(piece=piece)
    free = RightsRegister.objects.filter(piece=piece, exclusive_grants=0)
    if exclusive:
        entered = free.filter(other_grants=0).update(exclusive_grants=1)
    else:
        entered = free.update(other_grants=F("other_grants") + 1)
    if not entered:
        raise OthersHoldLicences() if exclusive and free.exists() else ExclusiveTaken()


def expire(*, piece: Piece, at: datetime) -> None:
    """End each grant in `piece` whose time is over, and free its place in the register."""
    with transaction.atomic():
        _lock_review(piece)
        _end_due(piece, at=at)


def _end_due(piece: Piece, *, at: datetime) -> None:
    for grant in Grant.objects.filter(piece=piece, state=Grant.State.LIVE, expires_at__lte=at).order_by("id"):
        states.advance(grant, to=Grant.State.EXPIRED, table=STATES, role="house", action="grant.expired")
        _leave(grant)
        outbox.emit("grant.expired", grant_id=str(grant.pk), piece_id=str(piece.pk))


def _leave(grant: Grant) -> None:
    column = "exclusive_grants" if grant.exclusive else "other_grants"
    RightsRegister.objects.filter(piece_id=grant.piece_id).update(**{column: F(column) - 1})


def _same(earlier: Grant, piece: Piece, template: LicenceTemplate) -> Grant:
    if (earlier.piece_id, earlier.template_id) != (piece.pk, template.pk):
        raise SourceReused()
    return earlier
