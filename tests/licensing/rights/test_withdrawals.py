"""Withdrawals of consent: what they reach, what they leave alone, and how they go on after a crash."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from common import audit
from common.errors import InvalidTransition
from generation.jobs import requesting
from generation.models import Checkpoint, DatasetItem, DatasetVersion, Piece, Slot
from licensing.models import Grant, LogLeaf, Review, Withdrawal, WithdrawnPiece
from licensing.provenance.inquiry import Withdrawn
from licensing.rights import blast_radius, reviews, withdrawals
from marketplace import editions
from marketplace.models import Artwork
from tests import factories

pytestmark = pytest.mark.django_db
_SHA256 = "a" * 64


def _trained() -> tuple[DatasetVersion, Checkpoint]:
    version = factories.dataset_version()
    DatasetItem.objects.create(
        dataset_version=version,
        index=0,
        sha256=_SHA256,
        licence_spdx="CC0-1.0",
        rights_holder="A",
        consent_basis="given",
        source="here",
    )
    return version, factories.checkpoint(training_run=factories.training_run(version))


def _made(model: Checkpoint, seed: int = 7) -> Piece:
    person = factories.user()
    return factories.piece(person, of=factories.job(person, model=model, seed=seed))


def _begun(**what: object) -> Withdrawal:
    fields = what or {"item_sha256": _SHA256}
    return withdrawals.begin(asked=Withdrawal(reason="The author asked.", **fields), by=None)


def test_the_blast_radius_is_shown_without_touching_anything() -> None:
    version, model = _trained()
    factories.review(_made(model))

    counts = blast_radius.count(Withdrawal(dataset=version.dataset))

    assert (counts["items"], counts["checkpoints"], counts["pieces"], counts["approved_pieces"]) == (1, 1, 1, 1)
    assert not Withdrawal.objects.exists()
    model.refresh_from_db()
    assert model.state == Checkpoint.State.PUBLISHED


def test_nothing_more_is_made_with_the_checkpoint_and_what_waits_fails_with_a_reason() -> None:
    _, model = _trained()
    person = factories.user()
    slot = Slot.objects.create(job=factories.job(person, model=model), index=40, seed=1, batch_key="k")

    _begun()

    model.refresh_from_db()
    slot.refresh_from_db()
    assert (slot.state, slot.error_code) == (Slot.State.FAILED, "consent_withdrawn")
    with pytest.raises(requesting.CheckpointWithdrawn):
        requesting.published(model.slug)


def test_a_listing_comes_down_and_its_papers_say_withdrawn_but_others_stay() -> None:
    _, model = _trained()
    touched, other = _made(model), _made(factories.checkpoint(), seed=900)
    factories.papers(touched)
    works = {piece: factories.artwork(of=piece) for piece in (touched, other)}

    withdrawals.resume(_begun())

    states = {piece: Artwork.objects.get(pk=work.pk).state for piece, work in works.items()}
    assert states == {touched: Artwork.State.UNDER_REVIEW, other: Artwork.State.LISTED}
    with pytest.raises(editions.NotForSale):
        editions.hold(works[touched].pk)
    assert str(touched.pk) in Withdrawn()
    assert str(other.pk) not in Withdrawn()
    assert LogLeaf.objects.filter(kind="piece.withdrawn", subject=str(touched.pk)).count() == 1
    assert not Grant.objects.filter(state=Grant.State.REVOKED).exists()


def test_a_piece_that_was_reached_is_not_approved_afterwards() -> None:
    _, model = _trained()
    piece = _made(model)
    review = factories.review(piece, state=Review.State.PENDING)
    withdrawals.resume(_begun())

    with pytest.raises(reviews.PieceWithdrawn):
        reviews.approve(review=review, reviewer=factories.reviewer())

    review.refresh_from_db()
    assert review.state == Review.State.PENDING


def test_it_goes_on_after_a_crash_in_the_middle_of_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    _, model = _trained()
    for seed in (100, 200, 300):
        factories.papers(_made(model, seed))
    monkeypatch.setattr(withdrawals, "CHUNK", 1)
    withdrawal = _begun()
    withdrawals.step(withdrawal)
    enter = withdrawals._enter

    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(withdrawals, "_enter", crash)
    with pytest.raises(RuntimeError):
        withdrawals.step(withdrawal)
    assert WithdrawnPiece.objects.count() == 1

    monkeypatch.setattr(withdrawals, "_enter", enter)
    call_command("withdraw", "resume", str(withdrawal.pk))
    call_command("withdraw", "resume", str(withdrawal.pk))

    withdrawal.refresh_from_db()
    assert withdrawal.state == Withdrawal.State.DONE
    assert WithdrawnPiece.objects.count() == LogLeaf.objects.filter(kind="piece.withdrawn").count() == 3


def test_one_thing_and_a_reason_are_needed() -> None:
    version, _ = _trained()
    for asked in (
        Withdrawal(reason="x"),
        Withdrawal(item_sha256=_SHA256),
        Withdrawal(item_sha256=_SHA256, dataset=version.dataset, reason="x"),
    ):
        with pytest.raises(withdrawals.NothingWithdrawn):
            withdrawals.begin(asked=asked, by=None)
    assert not Withdrawal.objects.exists()
    with pytest.raises(IntegrityError):
        Withdrawal.objects.create(item_sha256=_SHA256, dataset=version.dataset, reason="x")


def test_an_approval_that_a_claim_has_set_aside_is_taken_back_and_does_not_return() -> None:
    _, model = _trained()
    review = factories.review(_made(model))
    reviews.suspend(review=review, reason="claim")
    withdrawals.resume(_begun())
    assert Review.objects.get(pk=review.pk).state == "withdrawn"
    assert audit.history(review)[-1].before == "suspended"
    with pytest.raises(InvalidTransition):
        reviews.restore(review=review, reason="The claim has ended.")
    assert Review.objects.get(pk=review.pk).state == "withdrawn"
