"""What the house knows, in the forms that others' tools read: each read back by the field's own library."""

import io
import json
from typing import Any

import prov.model
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.test import Client

from generation.models import Checkpoint, DatasetItem, Piece
from licensing.exports import article_53
from licensing.exports.ml_bom import ml_bom
from licensing.exports.prov import prov_json
from licensing.models import ProvenanceRecord
from licensing.provenance import publish
from tests import factories

pytestmark = pytest.mark.django_db

CARD = {
    "summary": "A small generator.",
    "intended_use": "Abstract pictures.",
    "limits": ["It paints no people."],
    "measured": [{"command": "python -m measure", "figures": {"KID": "-0.0025"}}],
}


def a_checkpoint() -> Checkpoint:
    version = factories.dataset_version(cleaning=[{"name": "notes", "about": "take out notes"}], opt_out_count=2)
    other = factories.dataset_version(licence_counts={"MIT": 3, "LicenseRef-house": 1}, kind="text", item_count=4)
    DatasetItem.objects.create(
        dataset_version=other,
        index=0,
        sha256="ab" * 32,
        licence_spdx="MIT",
        rights_holder="Somebody",
        consent_basis="published",
        source="https://example.org/poems",
    )
    first = factories.training_run(version)
    later = factories.training_run(other, parent=first)
    made_with = factories.checkpoint(training_run=later, card=CARD)
    chain = factories.checkpoint(engine="chain", card=CARD)
    chain.components.add(made_with)
    return chain


def a_piece() -> Piece:
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, model=a_checkpoint(), prompt="a quiet harbour"))
    publish.papers(piece.pk)
    return piece


def test_the_bill_of_materials_is_valid_cyclonedx_and_names_every_part() -> None:
    checkpoint = a_checkpoint()

    bom = ml_bom(checkpoint)

    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(bom)) is None
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps({**bom, "bomFormat": "x"})) is not None
    assert bom["metadata"]["component"]["hashes"][0]["content"] == checkpoint.weights_sha256
    kinds = sorted(one["type"] for one in bom["components"])
    assert kinds == ["data", "data", "machine-learning-model"]
    refs = {one["bom-ref"] for one in bom["components"]}
    assert set(bom["dependencies"][0]["dependsOn"]) == refs
    metrics = bom["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics == [{"type": "KID", "value": "-0.0025", "slice": "python -m measure"}]
    assert ml_bom(checkpoint) == bom
    served = Client().get(f"/api/v1/checkpoints/{checkpoint.slug}/ml-bom")
    assert served.json() == json.loads(json.dumps(bom))


def test_a_piece_as_prov_is_read_by_the_prov_library_and_says_the_same() -> None:
    piece = a_piece()
    kept = ProvenanceRecord.objects.get(piece=piece)
    record = json.loads(kept.body)

    told = prov_json(record, record_sha256=kept.sha256)

    document = prov.model.ProvDocument.deserialize(io.StringIO(json.dumps(told)), format="json")
    names = {str(one.identifier) for one in document.get_records(prov.model.ProvEntity)}
    assert f"v:piece/{piece.pk}" in names
    assert f"v:weights/{piece.checkpoint.weights_sha256}" in names
    assert sum(name.startswith("v:dataset/") for name in names) == 2
    activities = {str(one.identifier) for one in document.get_records(prov.model.ProvActivity)}
    assert sum(name.startswith("v:training/") for name in activities) == 2
    generated = {(str(one.args[0]), str(one.args[1])) for one in document.get_records(prov.model.ProvGeneration)}
    assert (f"v:piece/{piece.pk}", f"v:generation/{piece.pk}") in generated
    again = prov.model.ProvDocument.deserialize(io.StringIO(document.serialize(format="json")), format="json")
    assert again == document
    assert "harbour" not in json.dumps(told)


def test_prov_is_served_for_a_work_that_hangs_and_for_no_other() -> None:
    assert Client().get("/api/v1/artworks/nowhere/provenance/prov").status_code == 404


def test_the_summary_of_training_content_has_the_templates_three_parts() -> None:
    checkpoint = a_checkpoint()

    said: dict[str, Any] = article_53.summary(checkpoint, provider="Vernissage")
    page = Client().get(f"/api/v1/checkpoints/{checkpoint.slug}/training-summary")

    assert said["general"]["items"] == 6404
    assert said["general"]["modalities"] == ["image", "text"]
    assert said["processing"]["opt_outs"] == 2
    assert {source["category"] for source in said["sources"]} == {"other", "publicly available"}
    assert page["Content-Type"].startswith("text/markdown")
    text = page.content.decode()
    for part in ("## 1. General information", "## 2. List of data sources", "## 3. Data processing aspects"):
        assert part in text
    assert "https://example.org/poems" in text
    assert "take out notes" in text


def test_weights_from_elsewhere_say_what_is_not_known() -> None:
    checkpoint = factories.checkpoint(engine="diffusers")

    text = article_53.as_markdown(article_53.summary(checkpoint, provider="Vernissage"))

    assert "Not known:" in text
    assert "No training data is recorded here." in text
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(ml_bom(checkpoint))) is None
