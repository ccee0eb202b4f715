"""The rights desk: who may open it and decide, what it shows, and several decisions at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import AuditLine, OutboxEvent, User
from licensing.models import Review
from licensing.rights import reviews
from tests import factories

pytestmark = pytest.mark.django_db


def _submitted(person: User | None = None, *, commercial_output: bool = True) -> Review:
    person = person or factories.user()
    model = factories.checkpoint(commercial_output=commercial_output)
    piece = factories.piece(person, of=factories.job(person, model=model))
    factories.papers(piece)
    return reviews.submit(piece=piece, by=person)


@pytest.fixture
def reviewer(client: Client) -> User:
    person = factories.reviewer()
    client.force_login(person)
    return person


def _rows() -> tuple[Any, ...]:
    return (list(Review.objects.values_list().order_by("pk")), AuditLine.objects.count(), OutboxEvent.objects.count())


@pytest.mark.parametrize("who", [factories.user, lambda: factories.user(is_staff=True)], ids=["anybody", "staff"])
@pytest.mark.parametrize("decision", ["approve", "reject", "request_changes", "take", "hand_back"])
def test_nobody_without_the_role_sees_or_decides_anything(
    client: Client, who: Callable[[], User], decision: str
) -> None:
    review, person = _submitted(), who()
    client.force_login(person)
    before = _rows()
    said = {"decision": decision, "reason": "words", "chosen": [str(review.pk)]}
    answers = [
        client.get("/review/"),
        client.get(f"/review/{review.pk}/"),
        client.post(f"/review/{review.pk}/decide/", said),
        client.post("/review/several/", said),
    ]
    assert [one.status_code for one in answers] == [403] * 4
    assert _rows() == before


def test_the_maker_of_a_piece_cannot_open_its_review_or_anothers(client: Client) -> None:
    mine, other = _submitted(), _submitted()
    client.force_login(mine.piece.slot.job.requested_by)
    assert {client.get(f"/review/{one.pk}/").status_code for one in (mine, other)} == {403}


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    review = _submitted()
    before = _rows()
    assert client.post(f"/review/{review.pk}/decide/", {"decision": "approve"}).status_code == 302
    assert _rows() == before


def test_a_reviewer_cannot_approve_a_piece_of_their_own(client: Client, reviewer: User) -> None:
    review = _submitted(reviewer)
    before = _rows()
    assert client.post(f"/review/{review.pk}/decide/", {"decision": "approve"}).status_code == 403
    assert _rows() == before


def test_what_another_has_taken_stays_theirs(client: Client, reviewer: User) -> None:
    review, other = _submitted(), factories.reviewer()
    reviews.take(review=review, reviewer=other)
    before = _rows()
    response = client.post(f"/review/{review.pk}/decide/", {"decision": "approve"})
    assert response.status_code == 409
    assert f"{other.username} has taken this piece." in response.content.decode()
    assert _rows() == before


@pytest.mark.parametrize(
    ("said", "status"),
    [({"decision": "approve"}, 422), ({"decision": "reject"}, 400), ({"decision": "nonsense"}, 400), ({}, 400)],
)
def test_a_refused_decision_changes_nothing_and_keeps_the_words(
    client: Client, reviewer: User, said: dict[str, str], status: int
) -> None:
    review = _submitted(commercial_output=False)
    before = _rows()
    response = client.post(f"/review/{review.pk}/decide/", {**said, "answer-model_licence": " "})
    assert response.status_code == status
    assert _rows() == before


def test_taken_handed_back_and_approved_with_an_answer(client: Client, reviewer: User) -> None:
    review, following = _submitted(commercial_output=False), _submitted()
    address = f"/review/{review.pk}/decide/"
    client.post(address, {"decision": "take"})
    assert (Review.objects.get(pk=review.pk).state, Review.objects.get(pk=review.pk).reviewer) == (
        "in_review",
        reviewer,
    )
    client.post(address, {"decision": "hand_back"})
    assert Review.objects.get(pk=review.pk).state == "pending"
    response = client.post(address, {"decision": "approve", "answer-model_licence": "They wrote to us."})
    assert response.headers["Location"] == f"/review/{following.pk}/"
    assert Review.objects.get(pk=review.pk).state == "approved"
    assert OutboxEvent.objects.filter(topic="review.approved").count() == 1


def test_several_at_once_each_has_its_own_result(client: Client, reviewer: User) -> None:
    clear, blocked, own = _submitted(), _submitted(commercial_output=False), _submitted(reviewer)
    chosen = [str(one.pk) for one in (clear, blocked, own)] + ["nothing"]
    response = client.post(
        "/review/several/", {"decision": "approve", "chosen": chosen, "answer-model_licence": "for all"}
    )
    assert [done for _, done, _ in response.context["results"]] == [True, False, False, False]
    assert [Review.objects.get(pk=one.pk).state for one in (clear, blocked, own)] == ["approved", "pending", "pending"]


@pytest.mark.parametrize("count", [0, 51])
def test_none_or_too_many_at_once_are_refused_whole(client: Client, reviewer: User, count: int) -> None:
    review = _submitted()
    before = _rows()
    chosen = [str(review.pk), *(f"row-{n}" for n in range(1, count))][:count]
    response = client.post("/review/several/", {"decision": "approve", "chosen": chosen})
    assert response.status_code == 400
    assert _rows() == before


def test_filters_and_the_service_level(client: Client, reviewer: User, settings: Any) -> None:
    settings.REVIEW_HOURS = 24
    blocked, old, mine = _submitted(commercial_output=False), _submitted(), _submitted()
    Review.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(hours=25))
    reviews.take(review=mine, reviewer=reviewer)
    shown = {show: client.get(f"/review/?show={show}").context["rows"] for show in ("blocking", "late", "mine")}
    assert shown == {"blocking": [blocked], "late": [old], "mine": [mine]}
    assert [row.pk for row in client.get("/review/?show=no-such").context["rows"]] == [old.pk, blocked.pk, mine.pk]


def test_the_line_behind_a_piece_says_what_is_not_known(client: Client, reviewer: User) -> None:
    run = factories.training_run(factories.dataset_version())
    person = factories.user()
    known = factories.piece(person, of=factories.job(person, model=factories.checkpoint(training_run=run)))
    factories.papers(known)
    line = client.get(f"/review/{reviews.submit(piece=known, by=person).pk}/").context["line"]
    assert [str(node.kind) for node in line] == ["Dataset", "Training run", "Checkpoint", "Job", "Piece"]
    assert all(node.known for node in line)
    unknown = client.get(f"/review/{_submitted().pk}/").context["line"]
    assert [node.known for node in unknown] == [False, False, True, True, True]


def test_queries_do_not_grow_with_the_queue(client: Client, reviewer: User) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            _submitted()
        client.get("/review/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/review/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20
