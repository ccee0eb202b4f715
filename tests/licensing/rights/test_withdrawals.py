"""Withdrawals of consent: what they reach, what they leave alone, and how they go on after a crash."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from common import audit
from common.errors import InvalidTransition
from generation.jobs import requesting
from generation.models import Checkpoint, JobInput, Slot, WithdrawnItem
from licensing.models import Grant, LogLeaf, Review, Withdrawal, WithdrawnPiece
from licensing.provenance.inquiry import Withdrawn
from licensing.rights import blast_radius, reviews, withdrawals
from marketplace import editions
from marketplace.models import Artwork
from tests import factories
from tests.withdrawing import ITEM, begun, made, trained

pytestmark = pytest.mark.django_db


def test_the_blast_radius_is_shown_without_touching_anything() -> None:
    version, model = trained()
    factories.review(made(model))

    counts = blast_radius.count(Withdrawal(dataset=version.dataset))

    assert (counts["items"], counts["checkpoints"], counts["pieces"], counts["approved_pieces"]) == (1, 1, 1, 1)
    assert not Withdrawal.objects.exists()
    model.refresh_from_db()
    assert model.state == Checkpoint.State.PUBLISHED


def test_nothing_more_is_made_with_the_checkpoint_and_what_waits_fails_with_a_reason() -> None:
    _, model = trained()
    person = factories.user()
    slot = Slot.objects.create(job=factories.job(person, model=model), index=40, seed=1, batch_key="k")

    begun()

    model.refresh_from_db()
    slot.refresh_from_db()
    assert (slot.state, slot.error_code) == (Slot.State.FAILED, "consent_withdrawn")
    with pytest.raises(requesting.CheckpointWithdrawn):
        requesting.published(model.slug)


def test_a_listing_comes_down_and_its_papers_say_withdrawn_but_others_stay() -> None:
    _, model = trained()
    touched, other = made(model), made(factories.checkpoint(), seed=900)
    factories.papers(touched)
    works = {piece: factories.artwork(of=piece) for piece in (touched, other)}

    withdrawals.resume(begun())

    states = {piece: Artwork.objects.get(pk=work.pk).state for piece, work in works.items()}
    assert states == {touched: Artwork.State.UNDER_REVIEW, other: Artwork.State.LISTED}
    with pytest.raises(editions.NotForSale):
        editions.hold(works[touched].pk)
    assert str(touched.pk) in Withdrawn()
    assert str(other.pk) not in Withdrawn()
    assert LogLeaf.objects.filter(kind="piece.withdrawn", subject=str(touched.pk)).count() == 1
    assert not Grant.objects.filter(state=Grant.State.REVOKED).exists()


def test_a_piece_that_was_reached_is_not_approved_afterwards() -> None:
    _, model = trained()
    piece = made(model)
    review = factories.review(piece, state=Review.State.PENDING)
    withdrawals.resume(begun())

    with pytest.raises(reviews.PieceWithdrawn):
        reviews.approve(review=review, reviewer=factories.reviewer())

    review.refresh_from_db()
    assert review.state == Review.State.PENDING


def test_it_goes_on_after_a_crash_in_the_middle_of_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    _, model = trained()
    for seed in (100, 200, 300):
        factories.papers(made(model, seed))
    monkeypatch.setattr(withdrawals, "CHUNK", 1)
    withdrawal = begun()
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
    version, _ = trained()
    for asked in (
        Withdrawal(reason="x"),
        Withdrawal(item_sha256=ITEM),
        Withdrawal(item_sha256=ITEM, dataset=version.dataset, reason="x"),
    ):
        with pytest.raises(withdrawals.NothingWithdrawn):
            withdrawals.begin(asked=asked, by=None)
    assert not Withdrawal.objects.exists()
    with pytest.raises(IntegrityError):
        Withdrawal.objects.create(item_sha256=ITEM, dataset=version.dataset, reason="x")


def test_a_withdrawn_licence_reaches_what_was_trained_on_its_items_and_nothing_else() -> None:
    version, model = trained(licence_spdx="CC-BY-4.0")
    other_version, other_model = trained()
    pieces = made(model), made(other_model, seed=900)
    grandchild = factories.checkpoint(
        training_run=factories.training_run(factories.dataset_version(), parent=model.training_run)
    )

    withdrawals.resume(begun(dataset=version.dataset, licence_spdx="CC-BY-4.0"))

    states = [Checkpoint.objects.get(pk=one.pk).state for one in (model, grandchild, other_model)]
    assert states == ["withdrawn", "withdrawn", "published"]
    assert list(WithdrawnPiece.objects.values_list("piece", flat=True)) == [pieces[0].pk]
    unused = begun(dataset=other_version.dataset, licence_spdx="CC-BY-4.0")
    withdrawals.resume(unused)
    assert not unused.pieces.exists()
    assert set(WithdrawnItem.objects.values_list("sha256", flat=True)) == {ITEM}


def test_a_withdrawn_input_work_reaches_the_pieces_made_with_it_and_no_checkpoint() -> None:
    model, person = factories.checkpoint(architecture={"families": ["waves"]}), factories.user()
    work = factories.input_work(person)
    touched, other = (factories.piece(person, of=factories.job(person, model=model, seed=seed)) for seed in (100, 900))
    JobInput.objects.create(job=touched.slot.job, role="style", work=work)
    reviews_of = [factories.review(piece) for piece in (touched, other)]

    withdrawals.resume(begun(input_work=work))

    for review in reviews_of:
        review.refresh_from_db()
    assert [review.state for review in reviews_of] == [Review.State.WITHDRAWN, Review.State.APPROVED]
    model.refresh_from_db()
    assert model.state == Checkpoint.State.PUBLISHED
    work.refresh_from_db()
    with pytest.raises(requesting.InputWithdrawn):
        requesting._check_consent({"style": work})
    with pytest.raises(IntegrityError):
        JobInput.objects.create(job=other.slot.job, role="style", work=work)


def test_an_approval_that_a_claim_has_set_aside_is_taken_back_and_does_not_return() -> None:
    _, model = trained()
    review = factories.review(made(model))
    reviews.suspend(review=review, reason="claim")
    withdrawals.resume(begun())
    assert Review.objects.get(pk=review.pk).state == "withdrawn"
    assert audit.history(review)[-1].before == "suspended"
    with pytest.raises(InvalidTransition):
        reviews.restore(review=review, reason="The claim has ended.")
    assert Review.objects.get(pk=review.pk).state == "withdrawn"
