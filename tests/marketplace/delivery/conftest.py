"""Works with real papers, and editions of them that were really paid for."""

from collections.abc import Callable
from typing import Any

import pytest

from licensing.models import Grant
from licensing.provenance import publish
from marketplace import delivery
from marketplace.models import Artwork, Order
from tests import factories
from tests.marketplace.conftest import Till


def papered(**fields: Any) -> Artwork:
    """A listed artwork whose piece has its papers."""
    maker = factories.maker(name="Mei Tanaka")
    piece = factories.piece(maker.user)
    publish.papers(piece.pk)
    return factories.artwork(maker, of=piece, **{"title": "Kiln Dusk", **fields})


@pytest.fixture
def paid(till: Till) -> Callable[..., Order]:
    """A paid order that nobody has fulfilled yet."""
    return lambda artwork=None, **fields: till.sell(artwork or papered(), **fields)


@pytest.fixture
def delivered(paid: Callable[..., Order]) -> Callable[..., tuple[Order, Grant]]:
    """A fulfilled order with its grant."""

    def deliver(artwork: Artwork | None = None, **fields: Any) -> tuple[Order, Grant]:
        order = paid(artwork, **fields)
        delivery.fulfil(order.pk)
        order.refresh_from_db()
        return order, delivery.grants_of(order).get()

    return deliver
