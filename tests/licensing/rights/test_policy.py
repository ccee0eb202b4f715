"""The rights policy: each rule on the evidence that should and should not satisfy it."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from common import storage
from common.models import User
from generation import inputs
from generation.models import Checkpoint, InputWork, JobInput, Piece
from licensing.rights import policy
from licensing.rights.policy import BLOCKS, FINE, LOOK, Found
from tests import factories
from tests.generation.test_inputs import picture

pytestmark = pytest.mark.django_db


def _found(piece: Piece) -> dict[str, Found]:
    return {one.rule: one for one in policy.evaluate(piece)}


def _piece(model: Checkpoint, **job: Any) -> Piece:
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, model=model, **job))
    factories.papers(piece)
    return piece


def _trained(**version: Any) -> Checkpoint:
    return factories.checkpoint(training_run=factories.training_run(factories.dataset_version(**version)))


def test_a_piece_of_our_own_model_is_fine_but_for_what_nobody_measured() -> None:
    found = _found(_piece(_trained(), prompt="a calm sea", count=4))
    assert {rule: one.severity for rule, one in found.items()} == {
        "model_licence": FINE,
        "training_licences": FINE,
        "training_consent": FINE,
        "opt_outs": FINE,
        "input_rights": FINE,
        "weights_unchanged": FINE,
        "training_known": FINE,
        "nearness_to_training": LOOK,
        "names_in_prompt": LOOK,
        "sensitive_words": FINE,
        "near_duplicates": LOOK,
        "human_part": FINE,
    }
    assert found["training_licences"].sentence == (
        "All 6,400 training items are under licences that allow this use: CC0-1.0."
    )
    assert found["opt_outs"].sentence == "No training item was withdrawn by its owner: 0 of 6,400 opted out."
    assert found["human_part"].sentence == (
        "A person described it in 3 words and put it forward out of 4 that were made together."
    )


def test_the_same_evidence_gives_the_same_findings() -> None:
    piece = _piece(_trained())
    assert policy.evaluate(piece) == policy.evaluate(piece)


def test_the_worst_finding_comes_first() -> None:
    order = [one.severity for one in policy.evaluate(_piece(_trained(opt_out_count=1)))]
    assert order == sorted(order, key=[BLOCKS, LOOK, FINE].index)
    assert order[0] == BLOCKS


def test_a_model_whose_licence_forbids_selling_blocks() -> None:
    model = factories.checkpoint(title="Sketch", licence_spdx="CC-BY-NC-4.0", commercial_output=False)
    found = _found(_piece(model))["model_licence"]
    assert found.severity == BLOCKS
    assert found.sentence == "The licence of the model Sketch (CC-BY-NC-4.0) does not let what it makes be sold."
    assert found.evidence == {"checkpoint": model.slug, "licence": "CC-BY-NC-4.0"}


def test_a_training_licence_outside_the_list_blocks_and_is_counted() -> None:
    found = _found(_piece(_trained(item_count=10, licence_counts={"CC0-1.0": 7, "CC-BY-NC-4.0": 3})))
    licences = found["training_licences"]
    assert licences.severity == BLOCKS
    assert licences.evidence["not_allowed"] == {"CC-BY-NC-4.0": 3}
    assert licences.sentence == (
        "Of 10 training items, some may not be used for work that is sold: 3 under CC-BY-NC-4.0."
    )


def test_training_items_that_no_licence_is_counted_for_block() -> None:
    licences = _found(_piece(_trained(item_count=10, licence_counts={"MIT": 8})))["training_licences"]
    assert licences.severity == BLOCKS
    assert licences.evidence["without_a_licence"] == 2


def test_a_dataset_without_a_basis_of_consent_blocks() -> None:
    assert _found(_piece(_trained(consent_basis=" ")))["training_consent"].severity == BLOCKS


def test_a_training_item_that_was_opted_out_blocks() -> None:
    found = _found(_piece(_trained(opt_out_count=2)))["opt_outs"]
    assert found.severity == BLOCKS
    assert found.sentence == "2 of 6,400 training items were withdrawn by their owners."


def test_an_unknown_training_is_said_with_the_reason_on_the_card() -> None:
    model = factories.checkpoint(card={"training_unknown": "the publisher names no data."})
    found = _found(_piece(model))
    assert found["training_known"].severity == LOOK
    assert found["training_known"].sentence == (
        "What the model learned from is not known: the publisher names no data."
    )
    for rule in ("training_licences", "training_consent", "opt_outs"):
        assert found[rule].severity == LOOK
        assert found[rule].sentence.startswith("The training data is not known, so ")


def test_datasets_of_every_run_that_a_model_goes_back_to_are_counted() -> None:
    first = factories.training_run(factories.dataset_version(item_count=5, licence_counts={"GPL-3.0-only": 5}))
    second = factories.training_run(factories.dataset_version(), parent=first)
    third = factories.training_run(parent=second)
    found = _found(_piece(factories.checkpoint(training_run=third)))
    assert found["training_known"].evidence["runs"] == [third.name, second.name, first.name]
    assert found["training_licences"].evidence["not_allowed"] == {"GPL-3.0-only": 5}


def test_input_works_need_a_right_each() -> None:
    person = factories.user()
    bare, granted = factories.piece(person), factories.piece(person)
    factories.papers(bare, inputs=[{"sha256": "ab" * 32, "rights": ""}])
    factories.papers(granted, inputs=[{"sha256": "cd" * 32, "rights": "own photograph"}])
    assert _found(bare)["input_rights"].severity == BLOCKS
    assert _found(bare)["input_rights"].evidence["without_rights"] == ["ab" * 32]
    assert _found(granted)["input_rights"].severity == LOOK


def test_a_record_that_names_other_weights_blocks() -> None:
    piece = factories.piece(factories.user())
    factories.papers(piece, checkpoint={"weights_sha256": "0" * 64})
    found = _found(piece)["weights_unchanged"]
    assert found.severity == BLOCKS
    assert found.evidence == {
        "registered_sha256": piece.checkpoint.weights_sha256,
        "recorded_sha256": "0" * 64,
    }


def test_without_a_record_the_weights_are_not_said_to_agree() -> None:
    assert _found(factories.piece(factories.user()))["weights_unchanged"].severity == LOOK


@pytest.mark.parametrize(
    ("prompt", "words", "hints"),
    [
        ("a calm sea at night", 5, 0),
        ("a harbour in the style of Anna Example", 8, 2),
        ("仿某人风格的山水", 8, 2),
    ],
)
def test_a_prompt_is_for_a_person_to_read_and_is_never_repeated(prompt: str, words: int, hints: int) -> None:
    found = _found(_piece(factories.checkpoint(), prompt=prompt))["names_in_prompt"]
    assert found.severity == LOOK
    assert found.evidence == {"words": words, "hints": hints}
    assert "Anna" not in found.sentence
    assert "某人" not in found.sentence


def test_no_human_part_is_not_made_into_one() -> None:
    found = _found(_piece(factories.checkpoint()))["human_part"]
    assert found.severity == LOOK
    assert found.sentence == "No human part beyond asking for it is recorded, so no authorship should be claimed."


@pytest.mark.parametrize("datasets", [1, 6])
def test_the_queries_do_not_grow_with_the_training_data(
    datasets: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = factories.training_run(*(factories.dataset_version() for _ in range(datasets)))
    piece = _piece(factories.checkpoint(training_run=run))
    with django_assert_num_queries(7):  # piece, works put in, checkpoints, runs, datasets, record, fingerprint
        policy.evaluate(piece)


def _brought(person: User, licence: str, side: int = 40) -> InputWork:
    return inputs.store(
        owner=person, data=picture(size=(side, side)), licence_spdx=licence, rights_holder="Ida Example"
    )


def _from(person: User, *works: InputWork, model: Checkpoint | None = None) -> Piece:
    job = factories.job(person, model=model or _trained())
    for role, work in zip(("content", "style"), works, strict=False):
        JobInput.objects.create(job=job, role=role, work=work)
    return factories.piece(person, of=job)


@pytest.mark.parametrize(
    ("licence", "severity", "words"),
    [
        ("CC0-1.0", FINE, "free of conditions"),
        ("CC-BY-4.0", LOOK, "Ida Example (CC-BY-4.0) must be credited"),
        ("LicenseRef-own", LOOK, "by the maker's word alone"),
        ("LicenseRef-contract-12", LOOK, "nobody here has read the terms"),
        ("CC-BY-NC-4.0", BLOCKS, "lets nothing be sold that is made from it"),
        ("CC-BY-NC-SA-4.0", BLOCKS, "lets nothing be sold that is made from it"),
        ("CC-BY-ND-4.0", BLOCKS, "may not be altered"),
        ("CC-BY-SA-4.0", BLOCKS, "carries its own licence"),
        ("GPL-3.0-only", BLOCKS, "carries its own licence"),
        ("LicenseRef-non-commercial", BLOCKS, "lets nothing be sold"),
    ],
)
def test_the_licence_of_a_work_that_was_put_in_decides(licence: str, severity: str, words: str) -> None:
    person = factories.user()
    found = _found(_from(person, _brought(person, licence)))["input_rights"]
    assert found.severity == severity
    assert words in found.sentence
    assert found.evidence["licences"] == {licence: 1}


def test_the_strictest_of_several_works_decides() -> None:
    person = factories.user()
    works = [_brought(person, "CC0-1.0"), _brought(person, "CC-BY-NC-4.0", side=50)]
    assert _found(_from(person, *works))["input_rights"].severity == BLOCKS


def test_a_forbidding_right_is_not_washed_off_by_a_piece_in_between() -> None:
    person = factories.user()
    piece = _from(person, _brought(person, "CC-BY-NC-4.0"))
    for _ in range(3):
        piece = _from(person, inputs.from_piece(owner=person, piece=piece))
    assert _found(piece)["input_rights"].severity == BLOCKS


def test_nor_is_a_model_that_forbids_sale_or_opted_out_training_data() -> None:
    person = factories.user()
    research = _trained(opt_out_count=2)
    research.commercial_output = False
    research.save()
    first = _from(person, model=research)
    found = _found(_from(person, inputs.from_piece(owner=person, piece=first)))
    assert found["model_licence"].severity == BLOCKS
    assert found["opt_outs"].severity == BLOCKS


def test_own_pieces_alone_are_fine() -> None:
    person = factories.user()
    first = _from(person)
    assert _found(_from(person, inputs.from_piece(owner=person, piece=first)))["input_rights"].severity == FINE


def test_the_models_of_a_chain_are_each_looked_at_and_methods_learn_from_nobody() -> None:
    method = {"training": "none: a method without learnt weights"}
    chain, grain = factories.checkpoint(card=method), factories.checkpoint(card=method)
    chain.components.set([grain])
    found = _found(_piece(chain))
    assert {found[rule].severity for rule in ("training_known", "training_licences", "opt_outs")} == {FINE}
    chain.components.add(factories.checkpoint(commercial_output=False))
    found = _found(_piece(chain))
    assert found["model_licence"].severity == BLOCKS
    assert found["training_known"].severity == LOOK


def test_the_queries_do_not_grow_with_the_works_that_were_put_in(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = factories.user()
    model = _trained()
    piece = _from(person, model=model)
    for _ in range(5):
        piece = _from(person, inputs.from_piece(owner=person, piece=piece), model=model)
    with django_assert_num_queries(9):  # the works' pieces and their checkpoints are two more
        policy.evaluate(piece)


def _text_piece(words: str) -> Piece:
    """A text that says `words`, asked for without any."""
    person = factories.user()
    stored = storage.put("masters", words.encode(), ".txt")
    told = {"kind": "text", "media_type": "text/plain", "master_name": stored.name, "content_sha256": stored.sha256}
    piece = factories.piece(person, of=factories.job(person, model=_trained()), **told)
    factories.papers(piece)
    return piece


@pytest.mark.parametrize(("words", "severity"), [("a naked tree", BLOCKS), ("裸体的树", BLOCKS), ("a bare tree", FINE)])
def test_words_on_the_sensitive_list_call_for_a_look(words: str, severity: str) -> None:
    assert _found(_piece(_trained(), prompt=words))["sensitive_words"].severity == severity
    assert _found(_text_piece(words))["sensitive_words"].severity == severity


def test_sensitive_words_are_no_names_and_names_are_not_sensitive() -> None:
    found = _found(_piece(_trained(), prompt="a naked tree"))
    assert found["names_in_prompt"].severity == LOOK
    assert _found(_piece(_trained(), prompt="after Banksy"))["sensitive_words"].severity == FINE


def test_a_name_in_a_text_blocks_as_one_in_a_prompt_does() -> None:
    assert _found(_text_piece("Banksy came to town."))["names_in_prompt"].severity == BLOCKS
