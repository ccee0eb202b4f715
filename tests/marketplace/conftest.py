"""A till: the payment sandbox as a process of its own, with the site's settings pointing at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from marketplace import orders
from marketplace.models import Artwork, Order, Payment
from tests import factories
from tests.sandbox import Sandbox


class Till(Sandbox):
    """What a buyer does, from the click on a work to the provider's page. The webhooks of this sandbox reach nobody."""

    def order(self, artwork: Artwork, **fields: Any) -> Order:
        """An order for a personal licence, by somebody new unless told otherwise."""
        buyer = fields.pop("buyer", None) or factories.user()
        offer = factories.offer(artwork, fields.pop("licence", "personal"))
        return orders.place(buyer=buyer, email=buyer.email, artwork=artwork, offer_id=offer.pk, language="en", **fields)

    def pay_for(self, order: Order, card: str = "4242") -> Payment:
        """The buyer pays at the provider; nobody has told us yet."""
        payment = orders.start_payment(order=order)
        assert self.pay(payment.session_url, card).status_code == 303
        return payment

    def sell(self, artwork: Artwork, **fields: Any) -> Order:
        """An order that is paid and settled."""
        return orders.settle(payment_id=self.pay_for(self.order(artwork, **fields)).pk)


@pytest.fixture(scope="session")
def running_till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with Till(tmp_path_factory.mktemp("till")) as running:
        yield running


@pytest.fixture
def till(running_till: Till, settings: Any) -> Till:
    settings.STRIPE_API_BASE = running_till.base
    settings.STRIPE_SECRET_KEY = running_till.key
    settings.STRIPE_WEBHOOK_SECRET = running_till.webhook_secret
    running_till.calm()
    cache.clear()
    return running_till
