"""The work itself: drafts are made, sent, revised and accepted. What is asked for in words stays private."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from common.errors import BadRequest, Conflict, Unprocessable
from common.models import User
from generation import jobs
from generation.models import Checkpoint, Piece
from licensing.models import Review
from licensing.rights import reviews
from marketplace.commissions.milestones import place_order
from marketplace.commissions.steps import COMMISSIONER, MAKER, lock, role_of, step
from marketplace.models import Commission, CommissionNote, Draft, Order

__all__ = [
    "AnswerPending",
    "DraftAlreadySent",
    "DraftNotAPicture",
    "Note",
    "PieceNotOfThisDraft",
    "ReviewPending",
    "ReviewRefused",
    "RevisionsUsedUp",
    "accept_draft",
    "latest_sent",
    "request_revision",
    "send_draft",
    "start_draft",
]

MOST_NOTES = 50
LONGEST_NOTE = 2_000
_REFUSED = frozenset({Review.State.REJECTED, Review.State.CHANGES_REQUESTED, Review.State.WITHDRAWN})


class DraftAlreadySent(Conflict):
    code = "draft_already_sent"
    title = "This draft was sent already. Start another one to show something else."


class AnswerPending(Conflict):
    code = "answer_pending"
    title = "A draft was sent. Wait for the answer before you start another."


class PieceNotOfThisDraft(Unprocessable):
    code = "piece_not_of_this_draft"
    title = "This piece does not come from the job of this draft. Choose one that does."


class RevisionsUsedUp(Conflict):
    code = "revisions_used_up"
    title = "The revisions that the quote includes are used up. Accept the draft, or agree on another commission."


class DraftNotAPicture(Unprocessable):
    code = "draft_not_a_picture"
    title = "A draft is a picture: choose a checkpoint that makes pictures. Papers for other works come later."


class ReviewPending(Conflict):
    code = "review_pending"
    title = "The rights review of this draft is not finished. You can accept it as soon as it is approved."


class ReviewRefused(Conflict):
    code = "review_refused"
    title = "The rights review did not approve this draft, so it cannot be delivered. The maker will send another."


@dataclass(frozen=True)
class Note:
    """A note on a draft; `x` and `y` are per mille of the picture from its top left, or both None without a place."""

    text: str
    x: int | None = None
    y: int | None = None


def start_draft(
    *,
    commission: Commission,
    by: User,
    checkpoint: Checkpoint,
    parameters: dict[str, Any],
    seed: int | None = None,
    count: int = 1,
) -> Draft:
    """Ask for pieces to choose a draft from; the brief is the job's prompt and stays private.

    Possible once the deposit is paid, until a draft is sent; then again after a revision was requested, or when the
    rights review refused what was sent. More than one may be under way: the maker sends the best.
    """
    role_of(commission, by, MAKER)
    if checkpoint.kind != "picture":
        raise DraftNotAPicture()
    with transaction.atomic():
        lock(commission)
        step(commission, to=_at_work(commission), role=MAKER, action="draft_started", by=by)
        job = jobs.request(
            requested_by=by,
            checkpoint=checkpoint,
            parameters=parameters,
            seed=seed,
            count=count,
            prompt=commission.brief,
        )
        last = commission.drafts.aggregate(last=Max("number"))["last"] or 0
        return Draft.objects.create(commission=commission, number=last + 1, job=job)


def send_draft(*, draft: Draft, piece: Piece, by: User, note: str = "") -> None:
    """Show one piece of the draft's job to the commissioner, and put it up for its rights review.

    Raises PieceNotOfThisDraft, DraftAlreadySent, and PapersMissing for a piece without papers.
    """
    commission = draft.commission
    role_of(commission, by, MAKER)
    with transaction.atomic():
        lock(commission)
        draft.refresh_from_db()
        if draft.sent_at is not None:
            raise DraftAlreadySent()
        if piece.slot.job_id != draft.job_id:
            raise PieceNotOfThisDraft()
        step(commission, to=Commission.State.DRAFTED, role=MAKER, action="drafted", by=by)
        reviews.submit(piece=piece, by=by)
        draft.piece, draft.note, draft.sent_at = piece, note.strip()[:LONGEST_NOTE], timezone.now()
        draft.save(update_fields=["piece", "note", "sent_at"])


def request_revision(*, commission: Commission, by: User, notes: Sequence[Note]) -> None:
    """Ask for another draft, with notes on the one that was sent. RevisionsUsedUp beyond what the quote includes."""
    role_of(commission, by, COMMISSIONER)
    checked = _checked(notes)
    with transaction.atomic():
        lock(commission)
        draft = latest_sent(commission)
        if commission.state == Commission.State.DRAFTED and commission.revisions_used >= commission.revisions_included:
            raise RevisionsUsedUp()
        step(
            commission,
            to=Commission.State.REVISION_REQUESTED,
            role=COMMISSIONER,
            action="revision_requested",
            by=by,
            revisions_used=F("revisions_used") + 1,
        )
        commission.refresh_from_db()
        CommissionNote.objects.bulk_create(
            CommissionNote(draft=draft, author=by, text=note.text, x=note.x, y=note.y) for note in checked
        )


def accept_draft(*, commission: Commission, by: User) -> Order:
    """Accept the draft that was sent last; the order for the balance is returned.

    Asked for again, it is the same order for as long as that can still be paid, then a new one. ReviewPending or
    ReviewRefused while its rights review is not approved.
    """
    role_of(commission, by, COMMISSIONER)
    with transaction.atomic():
        lock(commission)
        if commission.state != Commission.State.ACCEPTED:
            _accept(commission, by)
        return place_order(commission, Order.Purpose.BALANCE)[0]


def latest_sent(commission: Commission) -> Draft | None:
    """The draft that the commissioner saw last."""
    return commission.drafts.filter(sent_at__isnull=False).select_related("piece").order_by("-sent_at").first()


def refused(draft: Draft | None) -> bool:
    """Whether the rights review of what was sent said no."""
    return draft is not None and Review.objects.filter(piece=draft.piece_id, state__in=_REFUSED).exists()


def _accept(commission: Commission, by: User) -> None:
    draft = latest_sent(commission)
    if commission.state == Commission.State.DRAFTED and draft is not None:
        if refused(draft):
            raise ReviewRefused()
        if not Review.objects.filter(piece=draft.piece_id, state=Review.State.APPROVED).exists():
            raise ReviewPending()
    step(
        commission,
        to=Commission.State.ACCEPTED,
        role=COMMISSIONER,
        action="accepted",
        by=by,
        accepted_draft=draft,
    )


def _at_work(commission: Commission) -> str:
    """The state in which the maker works on: a requested revision stays one until a draft is sent."""
    state = Commission.State
    if commission.state == state.DRAFTED and not refused(latest_sent(commission)):
        raise AnswerPending()
    return state.REVISION_REQUESTED if commission.state == state.REVISION_REQUESTED else state.IN_PROGRESS


def _checked(notes: Sequence[Note]) -> list[Note]:
    if not 1 <= len(notes) <= MOST_NOTES:
        raise BadRequest(f"Say what should change, in between 1 and {MOST_NOTES} notes.")
    for note in notes:
        if not 1 <= len(note.text.strip()) <= LONGEST_NOTE:
            raise BadRequest(f"A note has between 1 and {LONGEST_NOTE} characters.")
        placed = [value for value in (note.x, note.y) if value is not None]
        if len(placed) == 1 or not all(0 <= value <= 1000 for value in placed):
            raise BadRequest("A note's place is given by x and y, each from 0 to 1000, or not at all.")
    return [Note(note.text.strip(), note.x, note.y) for note in notes]
