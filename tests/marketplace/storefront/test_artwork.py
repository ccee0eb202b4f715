"""A work's page: what can be bought is offered, what cannot is explained, and nothing sealed is shown."""

from typing import Any

import pytest
from django.test import Client

from licensing.licences import terms
from licensing.models import Finding, Review
from marketplace.models import Artwork
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_hangs_can_be_bought_under_the_licence_chosen(client: Client) -> None:
    work = factories.artwork(prices={"personal": 4900, "commercial": 9900}, edition_size=25, sold=22)
    page = client.get(f"/artworks/{work.slug}/?licence=commercial")
    assert page.context["buyable"]
    assert [(choice.code, choice.chosen) for choice in page.context["choices"]] == [
        ("personal", False),
        ("commercial", True),
    ]
    assert "Buy edition 23" in page.content.decode()
    assert page.context["edition"].dots.count(True) == 22


def test_the_table_tells_the_limits_of_each_licence(client: Client) -> None:
    terms.install()
    work = factories.artwork(prices={"personal": 4900, "commercial": 9900, "editorial": 7900})
    page = client.get(f"/artworks/{work.slug}/")
    rows = {str(row.words): row.may for row in page.context["licences"]["rows"]}
    assert rows["Print on goods"] == [False, "to 5,000", False]
    assert rows["Stands for"] == ["no end", "no end", "1,095 days"]
    assert "1,095 days</td>" in page.content.decode()
    endless = factories.artwork(prices={"personal": 4900})
    rows = {str(row.words): row.may for row in client.get(f"/artworks/{endless.slug}/").context["licences"]["rows"]}
    assert "Stands for" not in rows


def test_a_large_edition_is_drawn_as_a_bar(client: Client) -> None:
    work = factories.artwork(edition_size=51)
    assert client.get(f"/artworks/{work.slug}/").context["edition"].dots == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"edition_size": 2, "sold": 2}, "Every edition is sold."),
        ({"edition_size": 2, "sold": 1, "held": 1}, "The last editions are held"),
        ({"state": Artwork.State.UNDER_REVIEW}, "This work is under review."),
        ({"state": Artwork.State.WITHDRAWN}, "This work was withdrawn."),
    ],
)
def test_what_cannot_be_bought_answers_with_the_reason_and_its_papers(
    client: Client, fields: dict[str, Any], sentence: str
) -> None:
    work = factories.artwork(**fields)
    page = client.get(f"/artworks/{work.slug}/")
    assert (page.status_code, page.context["buyable"]) == (200, False)
    assert sentence in page.content.decode()
    assert "Its papers" in page.content.decode()


def test_a_draft_has_no_address(client: Client) -> None:
    work = factories.artwork(state=Artwork.State.DRAFT, listed_at=None)
    assert client.get(f"/artworks/{work.slug}/").status_code == 404


def test_neither_seed_nor_prompt_nor_parameters_are_on_the_page(client: Client) -> None:
    maker = factories.maker()
    job = factories.job(maker.user, seed=918273645546, prompt="a secret wish", parameters={"family": "hidden-family"})
    work = factories.artwork(maker, of=factories.piece(maker.user, of=job))
    page = client.get(f"/artworks/{work.slug}/").content.decode()
    for sealed in ("918273645546", "a secret wish", "hidden-family"):
        assert sealed not in page


def test_a_training_history_that_nobody_recorded_is_said_to_be_unknown(client: Client) -> None:
    work = factories.artwork()
    page = client.get(f"/artworks/{work.slug}/")
    assert [step.state for step in page.context["papers"].steps[:2]] == ["unknown", "unknown"]
    assert "a model whose training history is not known" in page.content.decode()


def test_a_chain_has_learnt_what_its_steps_have_learnt(client: Client) -> None:
    run = factories.training_run(factories.dataset_version(recipe={"name": "studio"}, item_count=8000))
    painter, method = factories.checkpoint(training_run=run), factories.checkpoint(card={"training": "none: a method"})
    chain = factories.checkpoint(engine="chain", card={"training": "none: a method"})
    chain.components.set([painter, method])
    maker = factories.maker()
    work = factories.artwork(maker, of=factories.piece(maker.user, of=factories.job(maker.user, model=chain)))
    page = client.get(f"/artworks/{work.slug}/").content.decode()
    assert "a model trained on 8,000 pictures drawn by our own code" in page
    assert run.name in page


def test_findings_are_shown_in_the_readers_language_and_an_unknown_rule_is_not_hidden(client: Client) -> None:
    work = factories.artwork()
    review = Review.objects.get(piece=work.piece)
    Finding.objects.create(review=review, rule="opt_outs", severity="fine", sentence="The desk's own words.")
    Finding.objects.create(review=review, rule="brand_new", severity="look", sentence="Something new was seen.")
    address = f"/artworks/{work.slug}/"
    english = client.get(address).content.decode()
    chinese = client.get(address, headers={"accept-language": "zh-CN"}).content.decode()
    assert "No training picture was withdrawn by its owner." in english
    assert "没有训练图片被其所有者撤回。" in chinese
    assert "Something new was seen." in english
