"""The papers of a work over the API: everything public, and nothing that would let somebody make it again."""

import json
from typing import Any

import pytest

from generation.models import Piece
from licensing.models import LogLeaf, Openings, ProvenanceRecord
from licensing.provenance import canonical, publish
from marketplace.models import Artwork
from tests import factories
from tests.api import client, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Artwork:
    model = factories.checkpoint(training_run=factories.training_run(factories.dataset_version()))
    maker = factories.maker()
    job = factories.job(maker.user, model=model, seed=987_654_321, prompt="My grandmother's garden.")
    piece = factories.piece(maker.user, of=job)
    publish.papers(piece.pk)
    return factories.artwork(maker, of=piece)


def _papers(work: Artwork) -> dict[str, Any]:
    body: dict[str, Any] = client().get(f"/api/v1/artworks/{work.slug}/provenance").json()
    return body


def test_the_record_is_shown_as_it_was_hashed_with_its_place_in_the_log(work: Artwork) -> None:
    body = _papers(work)
    record = ProvenanceRecord.objects.get(piece=work.piece)
    leaf = LogLeaf.objects.get(subject=str(work.piece_id))

    assert body["record_sha256"] == record.sha256
    assert canonical.sha256_hex(canonical.encode(body["record"])) == record.sha256
    assert [(one["index"], one["leaf_hash"]) for one in body["leaves"]] == [(leaf.index, leaf.leaf_hash)]
    assert json.loads(body["leaves"][0]["statement"])["record_sha256"] == record.sha256
    assert body["signed_file"]["sha256"] == work.piece.signed_file.sha256
    assert body["review"]["state"] == "approved"


def test_seed_prompt_parameters_and_salts_never_leave_the_house(work: Artwork) -> None:
    text = json.dumps(_papers(work), ensure_ascii=False)
    openings = json.dumps(Openings.objects.get(record__piece=work.piece).body)

    assert "987654321" in openings
    assert "987654321" not in text
    assert "grandmother" not in text
    assert '"salt"' in openings
    assert '"salt"' not in text


def test_papers_stay_readable_when_the_work_was_taken_down(work: Artwork) -> None:
    Artwork.objects.filter(pk=work.pk).update(state=Artwork.State.WITHDRAWN)

    assert _papers(work)["artwork_state"] == "withdrawn"


def test_a_work_without_papers_says_so(django_assert_num_queries: Any) -> None:
    work = factories.artwork()
    with django_assert_num_queries(4):  # piece with work, review and file, records, findings, leaves
        body = _papers(work)

    assert (body["record"], body["leaves"], body["signed_file"]) == (None, [], None)


def test_what_never_hung_has_no_papers_to_show() -> None:
    draft = factories.artwork(state=Artwork.State.DRAFT, listed_at=None)

    refused(client().get(f"/api/v1/artworks/{draft.slug}/provenance"), 404, "not_found")
    refused(client().get("/api/v1/artworks/never/provenance"), 404, "not_found")
    assert Piece.objects.count() == 1
