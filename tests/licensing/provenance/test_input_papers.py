"""The history of what went in: kept in the piece's credential, and refused where it is broken."""

import io
import json
from pathlib import Path

import c2pa
import pytest
from django.conf import settings
from PIL import Image

from common import storage
from generation import inputs
from generation.models import InputWork, JobInput, Piece
from licensing.provenance import containers, keys, packing, publish, verify
from licensing.provenance.input_papers import InputPapersBroken
from licensing.provenance.report import Overall, Report
from tests import factories
from tests.api import client
from tests.licensing.provenance.papers import papers

pytestmark = pytest.mark.django_db
STRANGER = Path(__file__).resolve().parents[2] / "data" / "c2pa-ts" / "signed.png"


def brought(data: bytes, **rights: str) -> InputWork:
    given = {"licence_spdx": "CC0-1.0", "rights_holder": "Somebody", **rights}
    return inputs.store(owner=factories.user(), data=data, **given)


def made_from(work: InputWork) -> Piece:
    job = factories.job(work.owner)
    JobInput.objects.create(job=job, role="style", work=work)
    piece = factories.piece(work.owner, of=job)
    publish.papers(piece.pk)
    return piece


def checked(data: bytes) -> Report:
    mine = keys.ensure(settings.SIGNING_KEYS)
    trust = verify.Trust(anchors=mine.root_pem, log_keys=(mine.log_public,))
    return verify.check(data, name="piece", trust=trust)


def plain() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 60, 20)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [plain(), STRANGER.read_bytes(), papers().file], ids=["none", "stranger", "other house"]
)
def test_what_went_in_stands_in_the_credential_with_its_own_history(data: bytes) -> None:
    piece = made_from(brought(data))

    signed = storage.read("masters", piece.signed_file.name)

    assert checked(signed).overall is Overall.TRUSTED
    assert checked(packing.bundle(piece=piece)).overall is Overall.TRUSTED
    with c2pa.Reader("image/png", io.BytesIO(signed)) as reader:
        store = json.loads(reader.json())
    put_in = [one for one in store["manifests"][store["active_manifest"]]["ingredients"] if one["title"] == "style"]
    assert [one["relationship"] for one in put_in] == ["inputTo"]
    has_history = containers.read(data).credential is not None
    assert ("active_manifest" in put_in[0]) == has_history
    assert len(store["manifests"]) == 1 + has_history


def test_a_piece_worked_from_another_names_that_ones_papers() -> None:
    first = factories.piece(factories.user())
    publish.papers(first.pk)

    second = made_from(inputs.from_piece(owner=first.slot.job.requested_by, piece=first))

    with c2pa.Reader("image/png", io.BytesIO(storage.read("masters", second.signed_file.name))) as reader:
        store = json.loads(reader.json())
    assert len(store["manifests"]) == 2
    assert checked(storage.read("masters", second.signed_file.name)).overall is Overall.TRUSTED


def test_a_picture_whose_papers_are_broken_is_refused_and_nothing_is_kept() -> None:
    data = STRANGER.with_suffix(".jpg").read_bytes()
    at = data.index(b"trainedAlgorithmicMedia")
    altered = data[:at] + b"T" + data[at + 1 :]

    with pytest.raises(InputPapersBroken):
        brought(altered)
    person = factories.user()
    sent = {"file": io.BytesIO(altered), "licence_spdx": "CC0-1.0", "rights_holder": "Somebody"}
    refused = client(person).post("/api/v1/inputs", sent, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (422, "input_papers_broken")
    assert not InputWork.objects.exists()
