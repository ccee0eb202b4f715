"""Letters: to whom they go, in which language, and that a guest's link works."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import resolve

from common import outbox
from marketplace import delivery, notices, orders
from marketplace.models import Order
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.delivery.conftest import papered

pytestmark = pytest.mark.django_db


def bought_by_a_guest(till: Till, language: str = "en") -> Order:
    artwork = papered()
    order = orders.place(
        buyer=None, email="guest@example.org", artwork=artwork, offer_id=factories.offer(artwork).pk, language=language
    )
    orders.settle(payment_id=till.pay_for(order).pk)
    while outbox.deliver_due():
        pass
    return order


def test_a_guest_gets_the_link_that_opens_the_files(till: Till) -> None:
    order = bought_by_a_guest(till)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["guest@example.org"], "Your files are ready: Kiln Dusk")
    link = re.search(r"http\S+", str(letter.body))
    assert link is not None
    place = resolve(urlsplit(link.group()).path)
    assert place.view_name == "storefront:guest_library"
    assert delivery.guest_order(place.kwargs["key"]) == order


def test_a_letter_is_in_the_buyers_language(till: Till) -> None:
    bought_by_a_guest(till, "zh-hans")
    assert mail.outbox[0].subject == "您的文件已备好：Kiln Dusk"


def test_somebody_with_an_account_is_sent_to_their_library_without_a_key(till: Till) -> None:
    order = till.sell(papered())
    while outbox.deliver_due():
        pass
    [letter] = mail.outbox
    assert letter.to == [order.email]
    assert "http://127.0.0.1:8000/library/\n" in letter.body
    assert delivery.guest_key(order) not in letter.body


def test_no_letter_goes_out_for_an_order_that_was_refunded_meanwhile(till: Till) -> None:
    order = till.sell(papered())
    Order.objects.filter(pk=order.pk).update(state="refunded")
    notices.order_fulfilled(order.pk)
    assert mail.outbox == []


def test_a_title_cannot_add_lines_to_the_head_of_a_letter(till: Till) -> None:
    till.sell(papered(title="Dusk\nBcc: everybody@example.org"))
    while outbox.deliver_due():
        pass
    assert mail.outbox[0].subject == "Your files are ready: Dusk Bcc: everybody@example.org"
    assert mail.outbox[0].bcc == []
