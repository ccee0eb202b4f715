"""Editions: the counters move only as far as there are editions."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace import editions
from marketplace.models import Artwork, Order, OrderLine
from tests import factories


def line_of(artwork: Artwork) -> OrderLine:
    order = Order.objects.create(email="a@example.org", total_minor=4_900, currency="EUR", expires_at=timezone.now())
    return OrderLine.objects.create(
        order=order, artwork=artwork, template=factories.template(), price_minor=4_900, currency="EUR"
    )


def counters(artwork: Artwork) -> tuple[int, int]:
    artwork.refresh_from_db()
    return artwork.sold, artwork.held


@pytest.mark.django_db
def test_a_held_edition_is_sold_and_numbered_from_one() -> None:
    artwork = factories.artwork(edition_size=2)
    editions.hold(artwork.pk)
    editions.hold(artwork.pk)
    assert counters(artwork) == (0, 2)
    assert [editions.sell(line_of(artwork), from_hold=True).number for _ in range(2)] == [1, 2]
    assert counters(artwork) == (2, 0)


@pytest.mark.django_db
def test_what_is_held_to_the_last_is_sold_out_for_everybody_else() -> None:
    artwork = factories.artwork(edition_size=1)
    editions.hold(artwork.pk)
    with pytest.raises(editions.SoldOut) as refused:
        editions.hold(artwork.pk)
    assert (refused.value.status, refused.value.code) == (409, "sold_out")
    with pytest.raises(editions.SoldOut):
        editions.sell(line_of(artwork), from_hold=False)
    assert counters(artwork) == (0, 1)


@pytest.mark.django_db
def test_a_released_edition_can_be_held_again() -> None:
    artwork = factories.artwork(edition_size=1)
    editions.hold(artwork.pk)
    editions.release(artwork.pk)
    editions.hold(artwork.pk)
    assert counters(artwork) == (0, 1)


@pytest.mark.django_db
def test_nothing_is_released_that_is_not_held() -> None:
    artwork = factories.artwork()
    with pytest.raises(RuntimeError):
        editions.release(artwork.pk)
    assert counters(artwork) == (0, 0)


@pytest.mark.django_db
def test_a_work_that_its_maker_took_down_is_not_held_but_what_is_held_can_be_paid() -> None:
    artwork = factories.artwork()
    editions.hold(artwork.pk)
    Artwork.objects.filter(pk=artwork.pk).update(state=Artwork.State.WITHDRAWN)
    with pytest.raises(editions.NotForSale):
        editions.hold(artwork.pk)
    assert editions.sell(line_of(artwork), from_hold=True).number == 1


@pytest.mark.django_db
@pytest.mark.parametrize("from_hold", [True, False])
def test_a_work_under_review_is_sold_to_nobody(from_hold: bool) -> None:
    artwork = factories.artwork()
    editions.hold(artwork.pk)
    Artwork.objects.filter(pk=artwork.pk).update(state=Artwork.State.UNDER_REVIEW)
    with pytest.raises(editions.NotForSale):
        editions.sell(line_of(artwork), from_hold=from_hold)
    assert counters(artwork) == (0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"sold": 6}, {"held": 6}, {"sold": 3, "held": 3}, {"edition_size": 10_001}])
def test_the_database_refuses_counters_beyond_the_edition(change: dict[str, int]) -> None:
    artwork = factories.artwork(edition_size=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Artwork.objects.filter(pk=artwork.pk).update(**change)
    assert counters(artwork) == (0, 0)
