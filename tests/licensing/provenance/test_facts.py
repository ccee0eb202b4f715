"""What a record states of works that went in, of the steps of a chain, of the cost, and of every model's training."""

import json
from decimal import Decimal
from typing import Any

import pytest

from common.models import User
from generation import inputs
from generation.models import InputWork, JobInput, Piece
from licensing.models import Openings
from licensing.provenance import publish, record
from licensing.provenance.commitments import OpeningsInvalid, check_openings
from tests import factories
from tests.generation.test_inputs import picture

pytestmark = pytest.mark.django_db


def step(slug: str, seed: str, **used: str) -> dict[str, Any]:
    return {
        "engine": {"name": "style-transfer", "version": "1"},
        "checkpoint": {"slug": slug, "weights_sha256": "12" * 32},
        "seed": seed,
        "parameters": {"strength": "0.7"},
        "inputs": used,
        "output_sha256": "34" * 32,
    }


def made_from(person: User, *works: InputWork, **fields: Any) -> Piece:
    """A piece of `person` into which these works went, under the roles that style transfer knows."""
    job = factories.job(person, model=fields.pop("model", None))
    JobInput.objects.bulk_create(
        JobInput(job=job, role=role, work=work) for role, work in zip(("content", "style"), works, strict=False)
    )
    return factories.piece(person, of=job, **fields)


def body(piece: Piece) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(publish.papers(piece.pk).record.body)
    return document


def test_each_work_that_went_in_is_named_with_its_right_and_its_part() -> None:
    person = factories.user("ada")
    brought = inputs.store(
        owner=person,
        data=picture(),
        licence_spdx="CC-BY-4.0",
        rights_holder="Ida Example",
        source="https://example.org/1",
    )
    first = factories.piece(person)
    papers = publish.papers(first.pk).record
    document = body(made_from(person, inputs.from_piece(owner=person, piece=first), brought))

    assert document["generation"]["inputs"] == [
        {
            "role": "content",
            "rights": f"own piece {first.pk}, record sha256 {papers.sha256}",
            "sha256": first.content_sha256,
        },
        {
            "role": "style",
            "rights": "CC-BY-4.0, rights holder Ida Example, source https://example.org/1",
            "sha256": brought.sha256,
        },
    ]
    acts = {act["act"]: act["detail"] for act in document["human_contribution"]}
    assert acts["brought_works"] == {"works": 2}


def test_own_work_is_called_the_word_of_its_owner_and_a_long_source_is_cut() -> None:
    work = InputWork(licence_spdx=inputs.OWN, rights_holder="Ada")
    long = InputWork(licence_spdx="CC0-1.0", rights_holder="h" * 200, source="s" * 300)
    from licensing.provenance import facts

    assert facts.stated_right(work) == "LicenseRef-own, own work of Ada, by their own statement"
    assert len(facts.stated_right(long)) == 200


def test_a_chain_names_its_steps_and_seals_their_seeds() -> None:
    person = factories.user()
    steps = [step("palette", "918273645"), step("patches", "918273646", content="34" * 32)]
    piece = factories.piece(person, steps=steps)
    document = body(piece)

    assert [one["checkpoint"]["slug"] for one in document["generation"]["steps"]] == ["palette", "patches"]
    assert document["generation"]["steps"][1]["inputs"] == {"content": "34" * 32}
    assert "918273645" not in json.dumps(document)
    openings = Openings.objects.get(record__piece=piece).body
    assert openings["steps"][0]["value"] == {"seed": "918273645", "parameters": {"strength": "0.7"}}
    assert {"steps.0", "steps.1"} <= set(check_openings(record=document, openings=openings))
    openings["steps"][1]["value"]["seed"] = "1"
    with pytest.raises(OpeningsInvalid, match=r"steps\.1"):
        check_openings(record=document, openings=openings)
    with pytest.raises(OpeningsInvalid):
        check_openings(record=document, openings={**openings, "steps": "seven"})


def test_the_cost_is_told_with_the_price_only_while_that_agrees(settings: Any) -> None:
    settings.DEVICE_PRICE_PER_HOUR = Decimal("1.80")
    cost: dict[str, Any] = {"device_seconds": Decimal("4.000"), "cost": Decimal("0.002000"), "cost_currency": "EUR"}
    told = body(factories.piece(factories.user(), **cost))["generation"]["cost"]
    settings.DEVICE_PRICE_PER_HOUR = Decimal("9.00")
    later = body(factories.piece(factories.user(), **cost))["generation"]["cost"]

    assert told == {"amount": "0.002", "currency": "EUR", "device_seconds": "4", "price_per_hour": "1.8"}
    assert later == {"amount": "0.002", "currency": "EUR", "device_seconds": "4"}


def test_a_piece_without_any_of_it_has_a_record_in_the_old_form() -> None:
    generation = body(factories.piece(factories.user()))["generation"]

    assert {"steps", "cost"}.isdisjoint(generation)
    assert "steps" not in generation["commitments"]
    assert generation["inputs"] == []


def test_the_training_of_every_step_is_told_and_what_a_card_calls_unknown() -> None:
    run = factories.training_run(factories.dataset_version())
    painter = factories.checkpoint(slug="painter", training_run=run)
    outside = factories.checkpoint(slug="outside", card={"unknown": ["The publisher names no data."]})
    method = factories.checkpoint(slug="method", card={"training": "none: a method without learnt weights"})
    chain = factories.checkpoint(slug="chain", card={"training": "none: a chain of others"})
    chain.components.set([painter, outside, method])
    training = body(factories.piece(factories.user(), of=factories.job(factories.user(), model=chain)))["training"]

    assert [one["name"] for one in training["runs"]] == [run.name]
    assert training["unknown"] == ["outside: The publisher names no data."]


def test_more_steps_than_any_chain_has_are_refused() -> None:
    piece = factories.piece(factories.user(), steps=[step("palette", "1")] * 33)
    with pytest.raises(record.RecordInvalid, match="steps"):
        publish.papers(piece.pk)
