"""Placing an order holds one edition at a frozen price, or says exactly why not."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit
from common.errors import BadRequest, DomainError
from common.models import OutboxEvent, User
from marketplace import editions, orders
from marketplace.models import Artwork, Offer, Order
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db


def place(artwork: Artwork, buyer: User | None = None, **changes: Any) -> Order:
    terms: dict[str, Any] = {
        "buyer": buyer,
        "email": buyer.email if buyer else "guest@example.org",
        "artwork": artwork,
        "offer_id": factories.offer(artwork).pk,
        "language": "en",
    }
    return orders.place(**{**terms, **changes})


def held(artwork: Artwork) -> int:
    artwork.refresh_from_db()
    return artwork.held


def refuses(error: type[DomainError], artwork: Artwork, buyer: User | None = None, **changes: Any) -> DomainError:
    before = (Order.objects.count(), held(artwork), OutboxEvent.objects.count())
    with pytest.raises(error) as refused:
        place(artwork, buyer, **changes)
    assert (Order.objects.count(), held(artwork), OutboxEvent.objects.count()) == before
    return refused.value


def test_an_order_holds_an_edition_at_a_price_that_no_longer_changes(settings: Any) -> None:
    settings.HOLD_MINUTES = 15
    artwork, buyer = factories.artwork(title="Kiln Dusk", prices={"personal": 28_000}), factories.user()
    order = place(artwork, buyer, language="zh-hans")
    Offer.objects.update(price_minor=99_000)
    order.refresh_from_db()
    assert (order.state, order.total_minor, order.currency) == ("awaiting_payment", 28_000, "EUR")
    assert (order.buyer, order.language, order.purpose) == (buyer, "zh-hans", "artwork")
    assert timedelta(minutes=14) < order.expires_at - timezone.now() <= timedelta(minutes=15)
    line = order.lines.get()
    assert (line.description, line.price_minor, line.template) == (
        "Kiln Dusk · Personal",
        28_000,
        factories.template("personal"),
    )
    assert held(artwork) == 1
    assert [(entry.action, entry.role, entry.actor) for entry in audit.history(order)] == [
        ("order.place", "buyer", buyer)
    ]
    assert OutboxEvent.objects.get().topic == "order.placed"


def test_a_guest_orders_with_an_address_only() -> None:
    artwork = factories.artwork()
    order = place(artwork)
    assert (order.buyer, order.email) == (None, "guest@example.org")
    assert audit.history(order)[0].role == "guest"


def test_a_second_click_gets_the_same_order() -> None:
    artwork, buyer = factories.artwork(), factories.user()
    assert place(artwork, buyer) == place(artwork, buyer)
    assert held(artwork) == 1


def test_another_offer_another_buyer_and_a_guest_get_orders_of_their_own() -> None:
    artwork, buyer = factories.artwork(prices={"personal": 4_900, "commercial": 19_000}), factories.user()
    commercial = factories.offer(artwork, "commercial").pk
    placed = {
        place(artwork, buyer).pk,
        place(artwork, buyer, offer_id=commercial).pk,
        place(artwork, factories.user()).pk,
        place(artwork).pk,
        place(artwork).pk,
    }
    assert (len(placed), held(artwork)) == (5, 5)


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"expires_at": timezone.now()}])
def test_an_order_that_ended_or_ran_out_is_not_given_again(change: dict[str, Any]) -> None:
    artwork, buyer = factories.artwork(), factories.user()
    first = place(artwork, buyer)
    Order.objects.filter(pk=first.pk).update(**change)
    assert place(artwork, buyer) != first


def test_a_changed_price_makes_a_new_order() -> None:
    artwork, buyer = factories.artwork(), factories.user()
    first = place(artwork, buyer)
    Offer.objects.filter(artwork=artwork).update(price_minor=5_900)
    assert (first.total_minor, place(artwork, buyer).total_minor) == (4_900, 5_900)


def test_nobody_orders_what_is_held_to_the_last() -> None:
    artwork = factories.artwork(edition_size=1)
    place(artwork)
    refused = refuses(editions.SoldOut, artwork, factories.user())
    assert (refused.status, refused.code) == (409, "sold_out")


def test_nobody_orders_what_is_not_listed() -> None:
    artwork = factories.artwork()
    Artwork.objects.filter(pk=artwork.pk).update(state=Artwork.State.UNDER_REVIEW)
    assert refuses(editions.NotForSale, artwork).code == "not_for_sale"


def test_an_offer_of_another_work_is_none_of_this_one() -> None:
    artwork = factories.artwork()
    other = factories.offer(factories.artwork())
    assert refuses(orders.OfferNotFound, artwork, offer_id=other.pk).status == 404
    refuses(orders.OfferNotFound, artwork, offer_id=uuid4())


def test_makers_do_not_buy_their_own_works() -> None:
    artwork = factories.artwork()
    assert refuses(orders.OwnArtwork, artwork, artwork.maker.user).code == "own_artwork"


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.c\nbcc: x@y.z", "x" * 243 + "@example.org"])
def test_an_address_that_is_none_is_refused(email: str) -> None:
    assert refuses(BadRequest, factories.artwork(), email=email).status == 400


def test_an_unknown_language_becomes_the_house_s_own() -> None:
    assert place(factories.artwork(), language="tlh").language == "en"


def milestone(commission: Any, **changes: Any) -> Order:
    terms: dict[str, Any] = {
        "commission": commission,
        "purpose": "deposit",
        "buyer": commission.commissioner,
        "amount_minor": 6_000,
        "currency": "EUR",
        "description": "Deposit: A picture for the hall",
    }
    return orders.place_milestone(**{**terms, **changes})


def test_a_milestone_is_ordered_once_while_it_is_open() -> None:
    commission = factories.commission()
    deposit = milestone(commission)
    assert (deposit.purpose, deposit.total_minor, deposit.buyer) == ("deposit", 6_000, commission.commissioner)
    assert deposit.lines.get().commission == commission
    assert milestone(commission) == deposit
    assert milestone(commission, purpose="balance", amount_minor=14_000) != deposit
    Order.objects.filter(pk=deposit.pk).update(state="expired")
    assert milestone(commission) != deposit


def test_a_paid_milestone_is_not_ordered_again() -> None:
    commission = factories.commission()
    Order.objects.filter(pk=milestone(commission).pk).update(state="fulfilled", paid_at=timezone.now())
    with pytest.raises(orders.AlreadyPaid):
        milestone(commission)
    assert Order.objects.count() == 1


def test_another_amount_for_an_open_milestone_is_refused() -> None:
    commission = factories.commission()
    milestone(commission)
    with pytest.raises(orders.MilestoneChanged):
        milestone(commission, amount_minor=7_000)
    assert Order.objects.count() == 1


def test_an_artwork_is_no_milestone() -> None:
    with pytest.raises(ValueError, match="milestone"):
        milestone(factories.commission(), purpose="artwork")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_hold_one_edition() -> None:
    artwork, buyer = factories.artwork(), factories.user()
    results = race([lambda: place(artwork, buyer)] * 8)
    assert {type(result) for result in results} == {Order}
    assert len({result.pk for result in results if isinstance(result, Order)}) == 1
    assert (Order.objects.count(), held(artwork)) == (1, 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("edition_size", [1, 50])
def test_a_guests_form_sent_eight_times_at_once_holds_one_edition(edition_size: int) -> None:
    artwork, drawn = factories.artwork(edition_size=edition_size), uuid4()
    results = race([lambda: place(artwork, order_id=drawn)] * 8)
    assert [result.pk if isinstance(result, Order) else result for result in results] == [drawn] * 8
    assert (Order.objects.count(), held(artwork)) == (1, 1)


def test_the_id_of_somebody_elses_order_opens_nothing() -> None:
    artwork, buyer = factories.artwork(), factories.user()
    theirs = place(artwork, buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        place(artwork, order_id=theirs.pk)
    assert (Order.objects.count(), held(artwork)) == (1, 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_milestone_asked_for_eight_times_at_once_is_ordered_once() -> None:
    commission = factories.commission()
    results = race([lambda: milestone(commission)] * 8)
    assert {type(result) for result in results} == {Order}
    assert Order.objects.count() == 1
