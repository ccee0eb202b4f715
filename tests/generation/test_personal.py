"""A finished piece never changes, but that words may be taken out of what it was made with."""

import pytest
from django.db import IntegrityError, transaction

from generation.models import Piece
from generation.personal import forget_words
from tests import factories

pytestmark = pytest.mark.django_db

CHANGES = [
    {"parameters": {"width": 64, "height": 48, "title": "for Ada and for many others"}},
    {"steps": [{"parameters": {"title": "for Ada"}}]},
    {"seed": 8},
    {"content_sha256": "0" * 64},
    {"parameters": {}, "kind": "text"},
    {"scores": {"sharpness": 1}},
]


def _titled() -> Piece:
    person = factories.user()
    return factories.piece(person, of=factories.job(person, parameters={"width": 64, "height": 48, "title": "for Ada"}))


@pytest.mark.concurrency
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: " ".join(change))
def test_the_database_refuses_everything_but_a_loss_of_words(change: dict[str, object]) -> None:
    piece = _titled()
    with pytest.raises(IntegrityError), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).delete()

    Piece.objects.filter(pk=piece.pk).update(parameters={"width": 64, "height": 48})


@pytest.mark.concurrency
def test_words_are_forgotten_once_and_numbers_stay() -> None:
    piece, other = _titled(), _titled()
    person = piece.slot.job.requested_by
    assert forget_words(person) == 2  # the job and the piece
    assert forget_words(person) == 0

    piece.refresh_from_db()
    other.refresh_from_db()
    assert piece.parameters == piece.slot.job.__class__.objects.get(pk=piece.slot.job_id).parameters
    assert piece.parameters == {"width": 64, "height": 48}
    assert other.parameters["title"] == "for Ada"
