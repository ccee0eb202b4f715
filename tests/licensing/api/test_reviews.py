"""Rights reviews over the API: makers submit and read their own, reviewers decide."""

from typing import Any

import pytest

from common.models import AuditLine
from generation.models import Piece
from licensing.models import Finding, Review
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/reviews"


def _papered() -> Piece:
    piece = factories.piece(factories.user())
    factories.papers(piece)
    return piece


def _submitted() -> Review:
    piece = _papered()
    client(piece.slot.job.requested_by).post(ADDRESS, {"piece": str(piece.pk)})
    return Review.objects.get(piece=piece)


def test_a_maker_submits_a_piece_and_reads_its_findings_worst_first() -> None:
    piece = _papered()
    maker = client(piece.slot.job.requested_by)
    response = maker.post(ADDRESS, {"piece": str(piece.pk)})
    body = response.json()

    assert (response.status_code, body["state"], body["piece"]) == (201, "pending", str(piece.pk))
    severities = [finding["severity"] for finding in body["findings"]]
    assert severities == sorted(severities, key=["blocks", "look", "fine"].index)
    assert len(severities) == Finding.objects.filter(review__piece=piece).count() > 0
    assert body["made_with"]["seed"] == str(piece.seed)
    assert maker.get(f"{ADDRESS}/{body['id']}").json() == body
    assert maker.post(ADDRESS, {"piece": str(piece.pk)}).json() == body


def test_a_piece_without_papers_waits_for_them() -> None:
    piece = factories.piece(factories.user())

    refused(client(piece.slot.job.requested_by).post(ADDRESS, {"piece": str(piece.pk)}), 409, "papers_missing")
    assert Review.objects.count() == 0


@pytest.mark.parametrize("wrong", ["not-a-uuid", 7, None, [], "01a20aa7-e600-7499-8206-15d464efef40"])
def test_what_is_no_piece_of_mine_cannot_be_submitted(wrong: Any) -> None:
    strangers = _papered()
    person = client(factories.user())

    assert person.post(ADDRESS, {"piece": wrong}).status_code in (400, 404)
    refused(person.post(ADDRESS, {"piece": str(strangers.pk)}), 404, "not_found")
    assert Review.objects.count() == 0


def test_the_queue_shows_reviewers_what_waits_oldest_first_in_one_query(django_assert_num_queries: Any) -> None:
    waiting = [factories.review(factories.piece(factories.user()), state=Review.State.PENDING) for _ in range(4)]
    factories.review(factories.piece(factories.user()))
    reviewer = client(factories.reviewer())
    with django_assert_num_queries(5):  # session, person, the person's rights twice, list
        results = reviewer.get(ADDRESS).json()["results"]

    assert [one["id"] for one in results] == [str(review.pk) for review in waiting]
    decided = reviewer.get(ADDRESS, {"state": "approved"}).json()["results"]
    assert [one["state"] for one in decided] == ["approved"]
    refused(reviewer.get(ADDRESS, {"state": "liked"}), 400, "invalid")


def test_a_reviewer_takes_and_approves() -> None:
    review = _submitted()
    reviewer = client(factories.reviewer())

    assert reviewer.post(f"{ADDRESS}/{review.pk}/take").json()["state"] == "in_review"
    body = reviewer.post(f"{ADDRESS}/{review.pk}/approve", {"reason": "Nothing stands against it."}).json()
    assert (body["state"], body["reason"]) == ("approved", "Nothing stands against it.")
    assert AuditLine.objects.filter(action="review.approved", subject_id=str(review.pk)).count() == 1


@pytest.mark.parametrize(
    ("step", "state"), [("reject", "rejected"), ("request_changes", "changes_requested"), ("withdraw", "withdrawn")]
)
def test_other_decisions_need_a_reason(step: str, state: str) -> None:
    review = _submitted()
    reviewer = client(factories.reviewer())
    if step == "withdraw":
        reviewer.post(f"{ADDRESS}/{review.pk}/approve", {})
    reasons: list[Any] = ["", "  ", None, "a" * 4001, []]
    for wrong in ({}, *({"reason": reason} for reason in reasons)):
        refused(reviewer.post(f"{ADDRESS}/{review.pk}/{step}", wrong), 400, "invalid")
    response = reviewer.post(f"{ADDRESS}/{review.pk}/{step}", {"reason": "A mark of somebody else."})

    assert (response.status_code, response.json()["state"]) == (200, state)


def test_a_blocking_finding_wants_an_answer() -> None:
    review = _submitted()
    Finding.objects.create(review=review, rule="a_rule", severity=Finding.Severity.BLOCKS, sentence="It blocks.")
    reviewer = client(factories.reviewer())

    refused(reviewer.post(f"{ADDRESS}/{review.pk}/approve", {}), 422, "finding_unanswered")
    refused(reviewer.post(f"{ADDRESS}/{review.pk}/approve", {"answers": {"other": "x"}}), 400, "unknown_finding")
    refused(reviewer.post(f"{ADDRESS}/{review.pk}/approve", {"answers": ["x"]}), 400, "invalid")
    assert Review.objects.get().state == "pending"
    response = reviewer.post(f"{ADDRESS}/{review.pk}/approve", {"answers": {"a_rule": "It was licensed."}})
    assert response.json()["state"] == "approved"


@pytest.mark.parametrize("step", ["take", "approve", "reject", "request_changes", "withdraw"])
def test_makers_do_not_decide_and_strangers_see_nothing(step: str) -> None:
    review = _submitted()
    maker = review.submitted_by
    body = {"reason": "I like it."}

    refused(client(maker).post(f"{ADDRESS}/{review.pk}/{step}", body), 403, "not_a_reviewer")
    refused(client(factories.user()).post(f"{ADDRESS}/{review.pk}/{step}", body), 404, "not_found")
    refused(client(factories.user(is_staff=True)).post(f"{ADDRESS}/{review.pk}/{step}", body), 404, "not_found")
    refused(client(factories.user()).get(f"{ADDRESS}/{review.pk}"), 404, "not_found")
    assert client(factories.user()).get(ADDRESS).json()["results"] == []
    assert Review.objects.get().state == "pending"
