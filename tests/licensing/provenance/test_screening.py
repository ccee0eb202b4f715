"""What a record says of nearness to training works, what the policy makes of it, and what a reviewer sees."""

import io
import json
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from common import storage
from generation.datasets.works import works
from generation.models import Dataset, Piece
from generation.training.studio import EVALUATION_SEEDS, Recipe, render
from licensing.models import ProvenanceRecord, Review
from licensing.provenance import publish
from licensing.rights import policy, reviews
from licensing.rights.policy import BLOCKS, FINE, LOOK
from tests import factories

pytestmark = pytest.mark.django_db


def _piece(pixels: np.ndarray[Any, Any] | None, *, slug: str = "studio", version: int = 2) -> Piece:
    """A piece of a model that learnt from a shipped dataset, with this picture as its master."""
    behind = factories.dataset_version(version=version)
    Dataset.objects.filter(pk=behind.dataset_id).update(slug=slug)
    model = factories.checkpoint(training_run=factories.training_run(behind))
    person = factories.user()
    fields: dict[str, Any] = {}
    if pixels is not None:
        out = io.BytesIO()
        Image.fromarray(pixels).resize((256, 256)).save(out, "PNG")
        stored = storage.put("masters", out.getvalue(), ".png")
        fields = {"master_name": stored.name, "content_sha256": stored.sha256, "width": 256, "height": 256}
    return factories.piece(person, of=factories.job(person, model=model), **fields)


def _screening(piece: Piece) -> dict[str, Any]:
    publish.papers(piece.pk)
    said: dict[str, Any] = json.loads(ProvenanceRecord.objects.get(piece=piece).body)["screening"]
    return said


def _nearness(piece: Piece) -> policy.Found:
    return next(one for one in policy.evaluate(piece) if one.rule == "nearness_to_training")


def test_a_fresh_picture_is_compared_and_near_to_nothing() -> None:
    piece = _piece(render(Recipe("ink", EVALUATION_SEEDS.start + 5, 5, 128, "2")))
    said = _screening(piece)
    assert set(said["detectors"]) == {one["detector"] for one in said["nearest"]}
    assert len(said["detectors"]) >= 3
    assert not any(one["near"] for one in said["nearest"])
    assert _nearness(piece).severity == FINE
    assert "studio version 2" in _nearness(piece).sentence


def test_a_copied_training_picture_blocks_until_it_is_answered(client: Client) -> None:
    known = works(settings.DATASET_DIR / "studio-2")
    piece = _piece(known.see(1234))
    near = [one for one in _screening(piece)["nearest"] if one["near"]]
    assert {one["item_sha256"] for one in near} == {known.digests[1234]}
    assert _nearness(piece).severity == BLOCKS
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    with pytest.raises(reviews.FindingUnanswered):
        reviews.approve(review=review, reviewer=factories.reviewer())

    client.force_login(factories.reviewer())
    page = client.get(f"/review/{review.pk}/").content.decode()
    address = f"/review/{review.pk}/training/{known.digests[1234]}/"
    assert address in page
    shown = client.get(address)
    assert shown["Content-Type"] == "image/png"
    seen = np.asarray(Image.open(io.BytesIO(shown.content)).convert("RGB"))
    assert np.array_equal(seen, known.see(1234))


def test_only_named_works_are_shown_and_only_to_reviewers(client: Client) -> None:
    known = works(settings.DATASET_DIR / "studio-2")
    piece = _piece(known.see(1234))
    _screening(piece)
    review = reviews.submit(piece=piece, by=piece.slot.job.requested_by)
    unnamed = known.digests[1235]
    client.force_login(factories.reviewer())
    assert client.get(f"/review/{review.pk}/training/{unnamed}/").status_code == 404
    assert client.get(f"/review/{review.pk}/training/nonsense/").status_code == 404
    client.force_login(piece.slot.job.requested_by)
    assert client.get(f"/review/{review.pk}/training/{known.digests[1234]}/").status_code == 403


def test_a_dataset_without_an_index_is_named_as_not_compared() -> None:
    piece = _piece(None, slug="unknown-here", version=1)
    said = _screening(piece)
    assert said["detectors"] == {}
    assert [(one["dataset"], one["finding"]) for one in said["findings"]] == [("unknown-here", "not_compared")]
    assert _nearness(piece).severity == LOOK


def test_a_method_has_nothing_to_be_near_to() -> None:
    person = factories.user()
    model = factories.checkpoint(card={"training": "none: a method"})
    piece = factories.piece(person, of=factories.job(person, model=model))
    assert _screening(piece) == {"detectors": {}, "nearest": [], "findings": []}
    assert _nearness(piece).severity == FINE


def test_the_record_of_a_piece_that_waits_for_its_papers_claims_nothing() -> None:
    piece = _piece(None)
    assert _nearness(piece).severity == LOOK
    assert not Review.objects.filter(piece=piece).exists()
