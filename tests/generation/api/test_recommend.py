"""Advice over the API: for anyone, with reasons; wishes out of range are refused by name."""

from decimal import Decimal
from typing import Any

import pytest

from generation.models import Benchmark, Checkpoint
from tests import factories
from tests.api import client

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/checkpoints/recommend"


def _measured(checkpoint: Checkpoint) -> None:
    Benchmark.objects.create(
        checkpoint=checkpoint,
        device="cpu, x86_64",
        threads=1,
        setting={"width": 1024, "height": 1024},
        label="1024 × 1024",
        pieces=8,
        seconds_per_piece=Decimal("0.25"),
        quality=Decimal("0.8"),
    )


def test_anyone_gets_ranked_checkpoints_with_their_reasons(settings: Any) -> None:
    settings.DEVICE_PRICE_PER_HOUR, settings.CURRENCY = Decimal("0.36"), "EUR"
    checkpoint = factories.checkpoint(slug="known", architecture={"families": ["waves"]})
    factories.checkpoint(slug="new", architecture={"families": ["waves"]})
    _measured(checkpoint)
    body = client().get(ADDRESS, {"scenario": "product-picture", "quality_weight": "0.5"}).json()

    assert (body["scenario"], body["currency"]) == ("product-picture", "EUR")
    first, second = body["results"]
    assert (first["checkpoint"], first["fits"], first["quality"]) == ("known", True, "0.8000")
    assert (first["seconds"], first["cost"], first["rank_score"]) == ("0.250", "0.000025", "0.9000")
    assert [reason["code"] for reason in first["reasons"]] == ["quality", "cost", "speed", "licence"]
    assert (second["checkpoint"], second["fits"], second["cost"]) == ("new", False, None)
    assert second["reasons"][0]["code"] == "not_measured"


def test_pieces_are_for_sale_unless_somebody_says_otherwise() -> None:
    closed = factories.checkpoint(slug="closed", architecture={"families": ["waves"]}, commercial_output=False)
    _measured(closed)
    wish = {"scenario": "product-picture"}
    for commercial, fits in ((None, False), ("true", False), ("false", True)):
        asked = wish if commercial is None else {**wish, "commercial": commercial}
        assert [one["fits"] for one in client().get(ADDRESS, asked).json()["results"]] == [fits]


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ({}, "scenario"),
        ({"scenario": "a-castle"}, "scenario"),
        ({"scenario": "verse", "quality_weight": "1.1"}, "quality_weight"),
        ({"scenario": "verse", "quality_weight": "NaN"}, "quality_weight"),
        ({"scenario": "verse", "max_cost": "-1"}, "max_cost"),
        ({"scenario": "verse", "side": "0"}, "side"),
        ({"scenario": "verse", "device": "cpu; rm"}, "device"),
        ({"scenario": "verse", "commercial": "perhaps"}, "commercial"),
    ],
)
def test_a_wish_out_of_range_is_refused_by_name(wish: dict[str, str], name: str) -> None:
    response = client().get(ADDRESS, wish)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]
