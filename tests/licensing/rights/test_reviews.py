"""Rights reviews: who may decide what, what a refusal leaves untouched, and who wins a race."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from common import audit
from common.errors import DomainError, InvalidTransition, PermissionRefused
from common.models import AuditLine, OutboxEvent, User
from generation.models import Piece
from licensing.models import Finding, Review
from licensing.provenance import canonical
from licensing.rights import policy, reviews
from tests import factories

pytestmark = pytest.mark.django_db


def _piece(person: User | None = None) -> Piece:
    piece = factories.piece(person or factories.user())
    factories.papers(piece)
    return piece


def _submitted(person: User | None = None) -> Review:
    person = person or factories.user()
    return reviews.submit(piece=_piece(person), by=person)


def _blocked() -> Review:
    person = factories.user()
    model = factories.checkpoint(commercial_output=False)
    piece = factories.piece(person, of=factories.job(person, model=model))
    factories.papers(piece)
    return reviews.submit(piece=piece, by=person)


def _refused(error: type[DomainError], step: Callable[[], object], review: Review) -> DomainError:
    """Run `step`, which must raise `error` and leave review, answers, audit trail and outbox as they were."""

    def everything() -> object:
        return (
            Review.objects.values().get(pk=review.pk),
            list(Finding.objects.filter(review=review).order_by("rule").values()),
            AuditLine.objects.count(),
            OutboxEvent.objects.count(),
        )

    before = everything()
    with pytest.raises(error) as caught:
        step()
    assert everything() == before
    return caught.value


def _topics(review: Review) -> list[str]:
    events = OutboxEvent.objects.filter(payload__review_id=str(review.pk)).order_by("id")
    return [event.topic for event in events]


def test_submitting_stores_what_the_policy_found() -> None:
    review = _submitted()
    assert review.state == "pending"
    assert review.findings.count() == len(policy.RULES)
    assert review.findings.get(rule="model_licence").severity == "fine"
    assert [line.action for line in audit.history(review)] == ["review.submitted"]
    event = OutboxEvent.objects.get(topic="review.submitted")
    at = canonical.instant(review.submitted_at)
    assert event.payload == {"review_id": str(review.pk), "piece_id": str(review.piece_id), "at": at}


def test_submitting_twice_is_submitting_once() -> None:
    review = _submitted()
    assert reviews.submit(piece=review.piece, by=review.piece.slot.job.requested_by) == review
    assert Review.objects.count() == 1
    assert _topics(review) == ["review.submitted"]


def test_a_piece_without_papers_is_not_submitted() -> None:
    person = factories.user()
    piece = factories.piece(person)
    with pytest.raises(reviews.PapersMissing) as caught:
        reviews.submit(piece=piece, by=person)
    assert (caught.value.status, caught.value.code) == (409, "papers_missing")
    assert not Review.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_nobody_submits_the_piece_of_another() -> None:
    piece = _piece()
    with pytest.raises(PermissionRefused):
        reviews.submit(piece=piece, by=factories.user())
    assert not Review.objects.exists()


def test_a_reviewer_takes_and_approves_with_audit_and_event() -> None:
    review, reviewer = _submitted(), factories.reviewer()
    reviews.take(review=review, reviewer=reviewer)
    assert review.state == "in_review"
    reviews.approve(review=review, reviewer=reviewer, reason="Clear.")
    review.refresh_from_db()
    assert (review.state, review.reviewer, review.reason) == ("approved", reviewer, "Clear.")
    assert review.decided_at is not None
    assert [(line.action, line.before, line.after, line.actor, line.reason) for line in audit.history(review)[1:]] == [
        ("review.taken", "pending", "in_review", reviewer, ""),
        ("review.approved", "in_review", "approved", reviewer, "Clear."),
    ]
    assert _topics(review) == ["review.submitted", "review.taken", "review.approved"]


def test_what_waits_can_be_approved_at_once() -> None:
    review = _submitted()
    reviews.approve(review=review, reviewer=factories.reviewer())
    assert review.state == "approved"


@pytest.mark.parametrize("answers", [{}, {"model_licence": "  "}])
def test_a_blocking_finding_has_to_be_answered_first(answers: dict[str, str]) -> None:
    review, reviewer = _blocked(), factories.reviewer()
    error = _refused(
        reviews.FindingUnanswered,
        lambda: reviews.approve(review=review, reviewer=reviewer, answers=answers),
        review,
    )
    assert (error.status, error.code, error.extra) == (422, "finding_unanswered", {"findings": ["model_licence"]})


def test_an_answer_is_kept_beside_its_finding_and_in_the_audit_trail() -> None:
    review = _blocked()
    answers = {"model_licence": "The publisher gave us a licence of our own."}
    reviews.approve(review=review, reviewer=factories.reviewer(), reason="Read it.", answers=answers)
    assert review.findings.get(rule="model_licence").answer == "The publisher gave us a licence of our own."
    assert audit.history(review)[-1].reason == "Read it.\nmodel_licence: The publisher gave us a licence of our own."
    review.refresh_from_db()
    assert review.reason == "Read it."


def test_an_answer_to_a_finding_that_is_not_there_is_refused() -> None:
    review, reviewer = _submitted(), factories.reviewer()
    _refused(
        reviews.UnknownFinding,
        lambda: reviews.approve(review=review, reviewer=reviewer, answers={"weather": "Fine."}),
        review,
    )


def test_only_staff_with_the_right_decide() -> None:
    review, person, staff = _submitted(), factories.user(), factories.user(is_staff=True)
    former = factories.reviewer()
    former.is_active = False
    for nobody in (person, staff, former):
        for step in (
            lambda who: reviews.take(review=review, reviewer=who),
            lambda who: reviews.approve(review=review, reviewer=who),
            lambda who: reviews.reject(review=review, reviewer=who, reason="No."),
            lambda who: reviews.request_changes(review=review, reviewer=who, reason="No."),
            lambda who: reviews.withdraw(review=review, reviewer=who, reason="No."),
            lambda who: reviews.hand_back(review=review, reviewer=who),
        ):
            _refused(reviews.NotAReviewer, lambda step=step, who=nobody: step(who), review)  # type: ignore[misc]


def test_nobody_approves_a_piece_of_their_own() -> None:
    reviewer = factories.reviewer()
    review = _submitted(reviewer)
    _refused(reviews.OwnPiece, lambda: reviews.approve(review=review, reviewer=reviewer), review)


def test_a_piece_on_another_desk_is_left_to_its_reviewer() -> None:
    review, first, second = _submitted(), factories.reviewer(), factories.reviewer()
    reviews.take(review=review, reviewer=first)
    for step in (
        lambda: reviews.take(review=review, reviewer=second),
        lambda: reviews.approve(review=review, reviewer=second),
        lambda: reviews.reject(review=review, reviewer=second, reason="No."),
    ):
        error = _refused(reviews.HeldByAnother, step, review)
        assert error.status == 409
    reviews.hand_back(review=review, reviewer=second)
    reviews.take(review=review, reviewer=second)
    assert review.reviewer == second


@pytest.mark.parametrize("decide", [reviews.reject, reviews.request_changes])
def test_a_decision_against_the_piece_needs_a_reason(decide: Callable[..., None]) -> None:
    review, reviewer = _submitted(), factories.reviewer()
    _refused(reviews.ReasonMissing, lambda: decide(review=review, reviewer=reviewer, reason=" \n"), review)


def test_what_is_rejected_stays_rejected() -> None:
    review, reviewer = _submitted(), factories.reviewer()
    reviews.reject(review=review, reviewer=reviewer, reason="A known logo.")
    assert (review.state, review.reason) == ("rejected", "A known logo.")
    assert reviews.submit(piece=review.piece, by=review.piece.slot.job.requested_by).state == "rejected"
    _refused(InvalidTransition, lambda: reviews.approve(review=review, reviewer=reviewer), review)


def test_after_requested_changes_the_maker_submits_again_and_is_examined_anew() -> None:
    review, reviewer = _blocked(), factories.reviewer()
    reviews.request_changes(review=review, reviewer=reviewer, reason="The licence of the model.")
    checkpoint = review.piece.checkpoint
    checkpoint.commercial_output = True
    checkpoint.save()
    again = reviews.submit(piece=review.piece, by=review.piece.slot.job.requested_by)
    again.refresh_from_db()
    assert (again.pk, again.state, again.reviewer, again.decided_at) == (review.pk, "pending", None, None)
    assert again.findings.get(rule="model_licence").severity == "fine"
    assert _topics(again) == ["review.submitted", "review.changes_requested", "review.submitted"]


def test_an_approval_is_taken_back_only_from_what_is_approved_and_with_a_reason() -> None:
    review, reviewer = _submitted(), factories.reviewer()
    _refused(InvalidTransition, lambda: reviews.withdraw(review=review, reviewer=reviewer, reason="Claim."), review)
    reviews.approve(review=review, reviewer=reviewer)
    _refused(reviews.ReasonMissing, lambda: reviews.withdraw(review=review, reviewer=reviewer, reason=""), review)
    reviews.withdraw(review=review, reviewer=reviewer, reason="A claim was upheld.")
    assert review.state == "withdrawn"
    assert _topics(review)[-1] == "review.withdrawn"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_rejection_at_once_one_wins() -> None:
    for _ in range(5):
        review = _submitted()
        start, outcomes = threading.Barrier(2), dict[str, str]()

        def run(name: str, step: Callable[..., None], review: Review = review, **words: str) -> None:
            mine = Review.objects.select_related("piece__slot__job").get(pk=review.pk)
            reviewer = factories.reviewer()
            start.wait()  # noqa: B023
            try:
                step(review=mine, reviewer=reviewer, **words)
                outcomes[name] = "done"  # noqa: B023
            except InvalidTransition:
                outcomes[name] = "late"  # noqa: B023
            finally:
                connection.close()

        threads = [
            threading.Thread(target=run, args=("approved", reviews.approve)),
            threading.Thread(target=run, args=("rejected", reviews.reject), kwargs={"reason": "No."}),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        review.refresh_from_db()
        assert sorted(outcomes.values()) == ["done", "late"]
        assert outcomes[review.state] == "done"
        assert _topics(review) == ["review.submitted", f"review.{review.state}"]
