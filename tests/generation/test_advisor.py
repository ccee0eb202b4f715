"""Advice comes from measured rows, gives its reasons, and puts what was not measured or may not be sold last."""

from decimal import Decimal
from typing import Any

import pytest

from generation import advisor
from generation.models import Benchmark, Checkpoint
from tests import factories

pytestmark = pytest.mark.django_db

FAMILIES = {"families": ["waves"]}


def _measured(
    slug: str, *, seconds: str, quality: str | None, side: int = 1024, device: str = "cpu, x86_64", **fields: Any
) -> Checkpoint:
    checkpoint = factories.checkpoint(slug=slug, architecture=FAMILIES, **fields)
    _row(checkpoint, seconds=seconds, quality=quality, side=side, device=device)
    return checkpoint


def _row(checkpoint: Checkpoint, *, seconds: str, quality: str | None, side: int, device: str = "cpu, x86_64") -> None:
    Benchmark.objects.create(
        checkpoint=checkpoint,
        device=device,
        threads=1,
        setting={"width": side, "height": side},
        label=f"{side} × {side}",
        pieces=8,
        seconds_per_piece=Decimal(seconds),
        quality=None if quality is None else Decimal(quality),
    )


def _codes(one: advisor.Advice) -> list[str]:
    return [reason.code for reason in one.reasons]


def _slugs(found: list[advisor.Advice]) -> list[str]:
    return [one.checkpoint.slug for one in found]


@pytest.fixture(autouse=True)
def _price(settings: Any) -> None:
    settings.DEVICE_PRICE_PER_HOUR = Decimal("0.36")
    settings.CURRENCY, settings.DEVICE = "EUR", "cpu"


def test_quality_and_cost_are_weighed_as_asked_and_the_figures_are_in_the_reasons() -> None:
    _measured("fast", seconds="1", quality="0.6")
    _measured("fine", seconds="4", quality="0.9")
    assert _slugs(advisor.recommend("product-picture", quality_weight=1)) == ["fine", "fast"]
    cheap = advisor.recommend("product-picture", quality_weight=0)
    assert _slugs(cheap) == ["fast", "fine"]
    assert (cheap[0].fits, cheap[0].seconds, cheap[0].cost) == (True, Decimal("1.0000"), Decimal("0.000100"))
    said = " ".join(reason.words for reason in cheap[0].reasons)
    for figure in (
        "0.60 of 1",
        "8 pieces, 1024 × 1024, on cpu, x86_64",
        "1.000 s a piece",
        "0.0001 EUR",
        "0.36 EUR an hour",
        "CC0-1.0",
    ):
        assert figure in said
    assert _codes(cheap[0]) == ["quality", "cost", "speed", "licence"]


def test_what_nobody_measured_here_ranks_last_and_nothing_is_invented() -> None:
    factories.checkpoint(slug="a-new-one", architecture=FAMILIES)
    _measured("b-elsewhere", seconds="0.1", quality="0.99", device="cuda:0, H100")
    _measured("c-known", seconds="9", quality="0.1")
    found = advisor.recommend("product-picture")
    assert _slugs(found) == ["c-known", "a-new-one", "b-elsewhere"]
    for one in found[1:]:
        assert (one.fits, one.quality, one.seconds, one.cost, one.rank_score) == (False, None, None, None, None)
        assert _codes(one) == ["not_measured", "licence"]
    assert "nobody measured it yet" in found[1].reasons[0].words
    assert "on cuda:0, H100 only" in found[2].reasons[0].words
    assert _slugs(advisor.recommend("product-picture", device="cuda:0"))[0] == "b-elsewhere"


def test_what_may_not_be_sold_is_last_unless_nothing_is_to_be_sold() -> None:
    _measured("closed", seconds="1", quality="0.9", commercial_output=False, licence_spdx="CC-BY-NC-4.0")
    _measured("open", seconds="1", quality="0.5", licence_spdx="CC-BY-4.0")
    found = advisor.recommend("product-picture")
    assert _slugs(found) == ["open", "closed"]
    assert "may not be sold: the card of closed (CC-BY-NC-4.0) says so" in found[1].reasons[-1].words
    assert "authors of the weights must be named" in found[0].reasons[-1].words
    assert _slugs(advisor.recommend("product-picture", commercial=False)) == ["closed", "open"]


def test_a_chain_may_be_sold_only_if_all_its_components_may() -> None:
    closed = factories.checkpoint(slug="part", kind="text", commercial_output=False)
    chain = _measured("chain", seconds="1", quality="0.9")
    chain.components.add(closed)
    assert [one.fits for one in advisor.recommend("product-picture")] == [False]


def test_a_ceiling_and_a_size_put_what_exceeds_them_behind() -> None:
    _measured("dear", seconds="10", quality="0.9")
    _measured("cheap", seconds="1", quality="0.5")
    found = advisor.recommend("product-picture", max_cost=Decimal("0.0005"))
    assert _slugs(found) == ["cheap", "dear"]
    assert _codes(found[1])[-1] == "too_dear"
    assert [_codes(one)[-1] for one in advisor.recommend("product-picture", side=5000)] == ["too_small"] * 2


def test_the_measurement_of_the_nearest_size_counts_and_is_scaled() -> None:
    both = _measured("both", seconds="1", quality="0.7", side=512)
    _row(both, seconds="4", quality="0.8", side=1024)
    (at_large,) = advisor.recommend("wall-print")
    assert at_large.seconds == Decimal("16")
    assert "scaled from 1024 × 1024" in next(one.words for one in at_large.reasons if one.code == "speed")
    (as_measured,) = advisor.recommend("product-picture", side=512)
    assert as_measured.seconds == Decimal("1")


def test_only_what_can_do_it_is_named() -> None:
    _measured("pictures", seconds="1", quality="0.7")
    factories.checkpoint(slug="tool", engine="upscale")
    factories.checkpoint(slug="gone", architecture=FAMILIES, state=Checkpoint.State.RETIRED)
    factories.checkpoint(slug="strange", engine="nobody-knows")
    assert _slugs(advisor.recommend("product-picture")) == ["pictures"]
    assert _slugs(advisor.recommend("enlarging")) == ["tool"]
    assert advisor.recommend("verse") == []
    with pytest.raises(advisor.UnknownScenario):
        advisor.recommend("a-castle")


def test_advice_takes_three_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    for number in range(4):
        _measured(f"one-{number}", seconds="1", quality="0.7")
    with django_assert_num_queries(3):
        assert len(advisor.recommend("product-picture")) == 4


def test_what_has_no_score_says_so() -> None:
    _measured("unscored", seconds="1", quality=None)
    (one,) = advisor.recommend("product-picture")
    assert (_codes(one)[0], one.quality) == ("quality_unknown", None)
