"""A step in a table of states is taken once, by somebody who may, with its audit line."""

import pytest
from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import InvalidTransition
from common.models import AuditLine
from licensing.models import Review
from tests import factories
from tests.racing import race

TABLE: states.Table = {
    ("pending", "reviewer"): frozenset({"in_review", "approved"}),
    ("in_review", "reviewer"): frozenset({"approved"}),
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def review() -> Review:
    return factories.review(factories.piece(factories.user()), state="pending")


def take(review: Review, role: str = "reviewer", to: str = "in_review") -> None:
    states.advance(review, to=to, table=TABLE, role=role, action="review.taken", reason="because")


def test_a_step_changes_the_row_and_writes_one_audit_line(review: Review) -> None:
    take(review)
    review.refresh_from_db()
    assert review.state == "in_review"
    [line] = audit.history(review)
    assert (line.action, line.role, line.before, line.after, line.reason) == (
        "review.taken",
        "reviewer",
        "pending",
        "in_review",
        "because",
    )


@pytest.mark.parametrize(("role", "to"), [("maker", "in_review"), ("reviewer", "withdrawn")])
def test_a_step_that_the_table_lacks_changes_nothing(review: Review, role: str, to: str) -> None:
    with pytest.raises(InvalidTransition) as refusal:
        take(review, role=role, to=to)
    assert refusal.value.status == 409
    review.refresh_from_db()
    assert review.state == "pending"
    assert not AuditLine.objects.exists()


@pytest.mark.concurrency
def test_of_four_that_take_the_same_step_one_wins(review: Review) -> None:
    copies = [Review.objects.get(pk=review.pk) for _ in range(4)]
    outcomes = race([lambda copy=copy: take(copy) for copy in copies])  # type: ignore[misc]
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 3
    assert AuditLine.objects.count() == 1


def test_audit_lines_cannot_be_changed_or_removed(review: Review) -> None:
    take(review)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditLine.objects.update(reason="something else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditLine.objects.all().delete()
    assert AuditLine.objects.get().reason == "because"
