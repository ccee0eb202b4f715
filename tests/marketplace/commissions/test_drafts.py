"""Drafts: made in private, sent with papers, revised within the quote, accepted only when their rights are clear."""

import pytest

from common.errors import BadRequest, InvalidTransition, PermissionRefused
from common.models import AuditLine, OutboxEvent, User
from generation.models import Job, Slot
from generation.parameters import ParameterRefused
from licensing.models import Review
from licensing.rights.reviews import PapersMissing
from marketplace import commissions
from marketplace.commissions.drafts import (
    AnswerPending,
    DraftAlreadySent,
    DraftNotAPicture,
    Note,
    PieceNotOfThisDraft,
    ReviewPending,
    ReviewRefused,
    RevisionsUsedUp,
)
from marketplace.models import Commission, CommissionNote, Draft, Order
from tests import factories
from tests.marketplace.commissions import stages
from tests.marketplace.commissions.stages import Case, refused

pytestmark = pytest.mark.django_db

NOTES = [Note("Calmer, please.", 250, 900), Note("More sky.")]


def revise(case: Case, notes: list[Note] = NOTES) -> None:
    commissions.request_revision(commission=case.commission, by=case.commissioner, notes=notes)


def state_of(case: Case) -> str:
    return Commission.objects.get(pk=case.commission.pk).state


def test_a_draft_is_a_job_of_the_maker_with_the_brief_as_its_private_prompt() -> None:
    case = stages.deposit_paid()
    draft = case.start(seed=77, count=3)
    assert (draft.number, draft.sent_at, draft.piece) == (1, None, None)
    job = Job.objects.get(pk=draft.job_id)
    assert (job.requested_by, job.checkpoint, job.seed, job.count) == (case.maker, case.checkpoint, 77, 3)
    assert job.prompt == "Something calm."
    assert Slot.objects.filter(job=job, state="waiting").count() == 3
    assert state_of(case) == "in_progress"
    assert not [event for event in OutboxEvent.objects.all() if "calm" in str(event.payload).lower()]


def test_several_drafts_may_be_under_way() -> None:
    case = stages.deposit_paid()
    assert [case.start().number, case.start().number] == [1, 2]
    assert state_of(case) == "in_progress"


def test_no_draft_before_the_deposit_and_none_by_anybody_else() -> None:
    early, case = stages.quoted(), stages.deposit_paid()
    refused(InvalidTransition, early.start)
    for person in (case.commissioner, case.stranger, factories.reviewer()):
        refused(PermissionRefused, lambda person=person: start_as(case, person))  # type: ignore[misc]


def start_as(case: Case, person: User) -> Draft:
    return commissions.start_draft(
        commission=case.commission, by=person, checkpoint=case.checkpoint, parameters=stages.PARAMETERS
    )


def test_a_job_out_of_range_leaves_the_commission_where_it_was() -> None:
    case = stages.deposit_paid()
    refused(ParameterRefused, lambda: case.start(count=0))
    refused(ParameterRefused, lambda: case.start(parameters={"family": "nothing"}))
    assert state_of(case) == "deposit_paid"
    assert not Job.objects.exists()


def test_a_draft_is_a_picture() -> None:
    case = stages.deposit_paid()
    poet = factories.checkpoint(kind="text", architecture={"families": ["waves"]})
    refused(DraftNotAPicture, lambda: case.start(checkpoint=poet))
    assert state_of(case) == "deposit_paid"
    assert not Job.objects.exists()


def test_a_draft_that_is_sent_goes_up_for_review() -> None:
    case = stages.deposit_paid()
    draft = case.send(note=" A first idea. ")
    draft.refresh_from_db()
    assert draft.sent_at is not None
    assert (draft.note, state_of(case)) == ("A first idea.", "drafted")
    assert Review.objects.get(piece=draft.piece).state == "pending"
    line = AuditLine.objects.get(action="commission.drafted")
    assert (line.actor, line.before, line.after) == (case.maker, "in_progress", "drafted")


def test_only_the_maker_sends_and_only_what_the_draft_made() -> None:
    case = stages.deposit_paid()
    draft, other = case.start(), case.start()
    piece, stray = case.made(draft), case.made(other)
    for person in (case.commissioner, case.stranger):
        refused(
            PermissionRefused,
            lambda person=person: commissions.send_draft(draft=draft, piece=piece, by=person),  # type: ignore[misc]
        )
    refused(PieceNotOfThisDraft, lambda: commissions.send_draft(draft=draft, piece=stray, by=case.maker))


def test_a_piece_without_papers_is_not_sent() -> None:
    case = stages.deposit_paid()
    draft = case.start()
    piece = factories.piece(case.maker, of=draft.job)
    refused(PapersMissing, lambda: commissions.send_draft(draft=draft, piece=piece, by=case.maker))


def test_a_draft_is_sent_once() -> None:
    case = stages.deposit_paid()
    draft = case.send()
    another = case.made(draft)
    refused(DraftAlreadySent, lambda: commissions.send_draft(draft=draft, piece=another, by=case.maker))


def test_while_an_answer_is_pending_no_other_draft_is_begun() -> None:
    case = stages.drafted()
    refused(AnswerPending, case.start)


def test_a_revision_counts_and_keeps_its_notes_with_their_places() -> None:
    case = stages.drafted()
    revise(case)
    stored = Commission.objects.get(pk=case.commission.pk)
    assert (stored.state, stored.revisions_used, case.commission.revisions_used) == ("revision_requested", 1, 1)
    notes = CommissionNote.objects.order_by("-text").values_list("text", "x", "y", "author_id")
    assert list(notes) == [
        ("More sky.", None, None, case.commissioner.pk),
        ("Calmer, please.", 250, 900, case.commissioner.pk),
    ]
    assert {note.draft.number for note in CommissionNote.objects.all()} == {1}


def test_after_a_revision_another_draft_answers_it() -> None:
    case = stages.drafted()
    revise(case)
    draft = case.start()
    assert (draft.number, state_of(case)) == (2, "revision_requested")
    commissions.send_draft(draft=draft, piece=case.made(draft), by=case.maker)
    assert state_of(case) == "drafted"
    latest = commissions.latest_sent(case.commission)
    assert latest is not None
    assert latest.number == 2


def test_no_revision_beyond_what_the_quote_includes() -> None:
    case = stages.drafted()
    revise(case)
    case.send()
    assert refused(RevisionsUsedUp, lambda: revise(case)).code == "revisions_used_up"


def test_only_the_commissioner_asks_for_revisions_and_only_on_a_draft() -> None:
    case, early = stages.drafted(), stages.deposit_paid()
    for person in (case.maker, case.stranger):
        refused(
            PermissionRefused,
            lambda person=person: commissions.request_revision(commission=case.commission, by=person, notes=NOTES),  # type: ignore[misc]
        )
    refused(InvalidTransition, lambda: revise(early))


@pytest.mark.parametrize(
    "notes",
    [
        [],
        [Note(" ")],
        [Note("x" * 2001)],
        [Note("Here", 1, None)],
        [Note("Here", 1001, 5)],
        [Note("Here", -1, 5)],
        [Note("Again")] * 51,
    ],
)
def test_a_note_out_of_bounds_is_refused(notes: list[Note]) -> None:
    case = stages.drafted()
    refused(BadRequest, lambda: revise(case, notes))


def test_accepting_orders_the_balance_once() -> None:
    case = stages.drafted()
    draft = Draft.objects.get()
    case.decide(draft)
    first = commissions.accept_draft(commission=case.commission, by=case.commissioner)
    again = commissions.accept_draft(commission=case.commission, by=case.commissioner)
    assert again.pk == first.pk
    assert (first.purpose, first.total_minor, first.currency) == ("balance", 14_000, "EUR")
    stored = Commission.objects.get(pk=case.commission.pk)
    assert (stored.state, stored.accepted_draft) == ("accepted", draft)
    assert AuditLine.objects.filter(action="commission.accepted").count() == 1


def test_a_balance_order_that_lapsed_is_placed_anew() -> None:
    case, lapsed = stages.accepted()
    Order.objects.filter(pk=lapsed.pk).update(state="expired")
    fresh = commissions.accept_draft(commission=case.commission, by=case.commissioner)
    assert fresh.pk != lapsed.pk
    assert (fresh.state, fresh.total_minor) == ("awaiting_payment", 14_000)


def test_a_draft_is_not_accepted_before_its_review() -> None:
    case = stages.drafted()
    refusal = refused(ReviewPending, lambda: commissions.accept_draft(commission=case.commission, by=case.commissioner))
    assert (refusal.status, refusal.code) == (409, "review_pending")


def test_a_draft_that_the_review_refused_is_replaced_and_costs_no_revision() -> None:
    case = stages.drafted()
    case.decide(Draft.objects.get(), Review.State.REJECTED)
    refused(ReviewRefused, lambda: commissions.accept_draft(commission=case.commission, by=case.commissioner))
    draft = case.start()
    assert state_of(case) == "in_progress"
    commissions.send_draft(draft=draft, piece=case.made(draft), by=case.maker)
    case.decide(draft)
    commissions.accept_draft(commission=case.commission, by=case.commissioner)
    stored = Commission.objects.get(pk=case.commission.pk)
    assert (stored.accepted_draft, stored.revisions_used) == (draft, 0)


def test_only_the_commissioner_accepts_and_only_a_draft() -> None:
    case, early = stages.drafted(), stages.deposit_paid()
    case.decide(Draft.objects.get())
    for person in (case.maker, case.stranger, factories.reviewer()):
        refused(
            PermissionRefused,
            lambda person=person: commissions.accept_draft(commission=case.commission, by=person),  # type: ignore[misc]
        )
    refused(InvalidTransition, lambda: commissions.accept_draft(commission=early.commission, by=early.commissioner))
