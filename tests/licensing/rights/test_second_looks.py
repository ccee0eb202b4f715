"""Two reviewers where the policy asks for them, and a maker's one appeal to another reviewer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as given
from django.db import IntegrityError, transaction
from django.test import Client

from common import audit
from common.errors import DomainError, InvalidTransition, PermissionRefused
from common.models import AuditLine, OutboxEvent, User
from licensing.models import Review
from licensing.rights import policy, reviews
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db
ANSWER = {"model_licence": "The rights holder wrote to us."}


@pytest.fixture
def four_eyes(tmp_path: Path, settings: Any) -> None:
    """The shipped policy, but two have to approve what blocks."""
    shipped = Path(given.REVIEW_POLICY).read_text("utf-8")
    own = tmp_path / "policy.toml"
    own.write_text(shipped.replace("four_eyes = []", 'four_eyes = ["blocks"]'), "utf-8")
    settings.REVIEW_POLICY = str(own)


def _submitted(*, blocks: bool = False) -> Review:
    person = factories.user()
    model = factories.checkpoint(commercial_output=not blocks)
    piece = factories.piece(person, of=factories.job(person, model=model))
    factories.papers(piece)
    return reviews.submit(piece=piece, by=person)


def _maker(review: Review) -> User:
    return review.piece.slot.job.requested_by


def _again(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def _rejected() -> tuple[Review, User]:
    review, reviewer = _submitted(), factories.reviewer()
    reviews.reject(review=review, reviewer=reviewer, reason="It shows a mark.")
    return _again(review), reviewer


def _without_effect(step: Callable[[], object], error: type[DomainError]) -> None:
    before = (list(Review.objects.values()), AuditLine.objects.count(), OutboxEvent.objects.count())
    with pytest.raises(error):
        step()
    assert (list(Review.objects.values()), AuditLine.objects.count(), OutboxEvent.objects.count()) == before


@pytest.mark.usefixtures("four_eyes")
def test_two_different_reviewers_approve_what_blocks() -> None:
    review, first, second = _submitted(blocks=True), factories.reviewer(), factories.reviewer()
    reviews.approve(review=review, reviewer=first, answers=ANSWER)
    assert (_again(review).state, _again(review).first_approver) == ("pending", first)
    _without_effect(
        lambda: reviews.approve(review=_again(review), reviewer=first, answers=ANSWER), reviews.SecondReviewerNeeded
    )
    reviews.approve(review=_again(review), reviewer=second)
    assert (_again(review).state, _again(review).reviewer) == ("approved", second)
    actions = [line.action for line in audit.history(review)]
    assert actions == ["review.submitted", "review.first_approved", "review.approved"]


@pytest.mark.usefixtures("four_eyes")
def test_what_blocks_nothing_needs_one_reviewer() -> None:
    review = _submitted()
    reviews.approve(review=review, reviewer=factories.reviewer())
    assert _again(review).state == "approved"


@pytest.mark.usefixtures("four_eyes")
def test_a_first_approval_does_not_outlive_requested_changes() -> None:
    review = _submitted(blocks=True)
    reviews.approve(review=review, reviewer=factories.reviewer(), answers=ANSWER)
    reviews.request_changes(review=_again(review), reviewer=factories.reviewer(), reason="Crop it.")
    reviews.submit(piece=review.piece, by=_maker(review), words="It is cropped.")
    assert (_again(review).first_approver, _again(review).maker_words) == (None, "It is cropped.")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("four_eyes")
def test_of_two_first_approvals_at_once_neither_makes_the_other_the_second() -> None:
    review = _submitted(blocks=True)
    both = [factories.reviewer(), factories.reviewer()]
    seen = [_again(review), _again(review)]
    runs = [
        lambda one=one, person=person: reviews.approve(review=one, reviewer=person, answers=ANSWER)
        for one, person in zip(seen, both, strict=True)
    ]
    got = race(runs)
    assert sorted(type(one).__name__ for one in got) == ["InvalidTransition", "NoneType"]
    assert _again(review).state == "pending"


def test_the_database_knows_that_the_second_is_another() -> None:
    review, reviewer = _submitted(), factories.reviewer()
    reviews.approve(review=review, reviewer=reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(first_approver=reviewer)


def test_an_appeal_goes_to_another_reviewer() -> None:
    review, reviewer = _rejected()
    reviews.appeal(review=review, by=_maker(review), words="The mark is my own.")
    review = _again(review)
    assert (review.state, review.refused_by, review.maker_words) == ("pending", reviewer, "The mark is my own.")
    for step in (reviews.take, reviews.approve):
        _without_effect(lambda step=step: step(review=review, reviewer=reviewer), reviews.OwnRefusal)  # type: ignore[misc]
    reviews.approve(review=review, reviewer=factories.reviewer())
    assert _again(review).state == "approved"


def test_an_appeal_is_heard_once() -> None:
    review, _ = _rejected()
    reviews.appeal(review=review, by=_maker(review), words="The mark is my own.")
    reviews.reject(review=_again(review), reviewer=factories.reviewer(), reason="It is not.")
    again = _again(review)
    _without_effect(lambda: reviews.appeal(review=again, by=_maker(again), words="Please."), reviews.AppealUsed)


def test_an_appeal_needs_the_maker_words_and_a_rejection() -> None:
    review, reviewer = _rejected()
    _without_effect(lambda: reviews.appeal(review=review, by=reviewer, words="Mine."), PermissionRefused)
    _without_effect(lambda: reviews.appeal(review=review, by=_maker(review), words=" "), reviews.ReasonMissing)
    waiting = _submitted()
    _without_effect(lambda: reviews.appeal(review=waiting, by=_maker(waiting), words="Mine."), InvalidTransition)


def test_over_the_api_only_the_maker_appeals(client: Client) -> None:
    review, reviewer = _rejected()
    address, body = f"/api/v1/reviews/{review.pk}/appeal", {"words": "The mark is my own."}
    client.force_login(factories.user())
    assert client.post(address, body, "application/json").status_code == 404
    client.force_login(reviewer)
    assert client.post(address, body, "application/json").status_code == 403
    assert _again(review).state == "rejected"
    client.force_login(_maker(review))
    answer = client.post(address, body, "application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    assert client.post(address, body, "application/json").json()["code"] == "appeal_used"


def test_the_desk_shows_the_appeal_and_refuses_whoever_refused(client: Client) -> None:
    review, reviewer = _rejected()
    reviews.appeal(review=review, by=_maker(review), words="The mark is my own.")
    client.force_login(reviewer)
    page = client.get(f"/review/{review.pk}/").content.decode()
    assert "The maker appeals" in page
    assert "The mark is my own." in page
    refused = client.post(f"/review/{review.pk}/decide/", {"decision": "approve"})
    assert refused.status_code == 403
    assert "Somebody else has to decide on the appeal." in refused.content.decode()


@pytest.mark.parametrize("line", ['four_eyes = "blocks"', 'four_eyes = ["everything"]', "six_eyes = []"])
def test_a_policy_that_nobody_can_have_meant_is_refused(tmp_path: Path, settings: Any, line: str) -> None:
    own = tmp_path / "policy.toml"
    own.write_text(f"[review]\n{line}\n", "utf-8")
    settings.REVIEW_POLICY = str(own)
    with pytest.raises(policy.PolicyUnreadable):
        policy.current()
