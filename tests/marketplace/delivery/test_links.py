"""Links: for the holder, for one file, for a quarter of an hour; and every opening is on record."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import NotFound, PermissionRefused
from common.models import User
from licensing.licences import grants
from licensing.models import Grant
from marketplace import delivery, orders
from marketplace.delivery.links import FilesNotReady, GrantRevoked, LinkExpired, LinkInvalid, What
from marketplace.models import Delivery, Download, Order
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.delivery.conftest import papered

pytestmark = pytest.mark.django_db

Delivered = Callable[..., tuple[Order, Grant]]


def holder(grant: Grant) -> User:
    assert grant.holder is not None
    return grant.holder


def token(grant: Grant, what: What = "bundle") -> str:
    return delivery.link(grant=grant, what=what, by=holder(grant))


@pytest.mark.parametrize(
    ("what", "name", "media_type", "begins"),
    [
        ("bundle", "kiln-dusk-1-bundle.zip", "application/zip", b"PK"),
        ("picture", "kiln-dusk-1.png", "image/png", b"\x89PNG"),
        ("certificate", "kiln-dusk-1-certificate.pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_a_link_opens_its_file_and_is_put_on_record(
    delivered: Delivered, what: What, name: str, media_type: str, begins: bytes
) -> None:
    _, grant = delivered()
    opened = delivery.open(token(grant, what))
    with opened.file as file:
        assert file.read().startswith(begins)
    assert (opened.name, opened.media_type, opened.grant) == (name, media_type, grant)
    assert [(row.grant, row.what) for row in Download.objects.all()] == [(grant, what)]


def test_asking_for_a_link_is_no_download(delivered: Delivered) -> None:
    _, grant = delivered()
    token(grant)
    assert not Download.objects.exists()


def test_a_link_lapses_after_a_quarter_of_an_hour(delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant = delivered()
    link, now = token(grant), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 15 * 60 - 5)
    delivery.open(link).file.close()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 15 * 60 + 5)
    with pytest.raises(LinkExpired) as caught:
        delivery.open(link)
    assert (caught.value.status, caught.value.code) == (410, "link_expired")
    assert Download.objects.count() == 1


def test_a_link_changed_anywhere_is_refused(delivered: Delivered) -> None:
    _, grant = delivered()
    link = token(grant)
    for at in range(0, len(link), 3):
        other = "A" if link[at] != "A" else "B"
        with pytest.raises((LinkInvalid, LinkExpired)):
            delivery.open(f"{link[:at]}{other}{link[at + 1 :]}")
    assert not Download.objects.exists()


@pytest.mark.parametrize("made_up", ["", "x", ":::", "a" * 5000, "é:1:2"])
def test_what_is_no_link_is_refused(made_up: str) -> None:
    with pytest.raises(LinkInvalid):
        delivery.open(made_up)


def test_a_guests_key_is_no_link(delivered: Delivered) -> None:
    order, _ = delivered()
    with pytest.raises(LinkInvalid):
        delivery.open(delivery.guest_key(order))


def test_somebody_elses_grant_is_refused_to_staff_as_well(delivered: Delivered) -> None:
    _, grant = delivered()
    maker = grant.piece.slot.job.requested_by
    for person in (factories.user(), factories.reviewer(), maker):
        with pytest.raises(PermissionRefused):
            delivery.link(grant=grant, what="bundle", by=person)


def test_there_are_three_files_and_no_other(delivered: Delivered) -> None:
    _, grant = delivered()
    with pytest.raises(NotFound):
        delivery.link(grant=grant, what="master", by=holder(grant))  # type: ignore[arg-type]


def test_a_revoked_grant_closes_links_that_are_out_already(delivered: Delivered) -> None:
    order, grant = delivered()
    link = token(grant)
    delivery.revoke(order.pk)
    for refused in (lambda: delivery.open(link), lambda: token(grant)):
        with pytest.raises(GrantRevoked) as caught:
            refused()
        assert (caught.value.status, caught.value.code) == (403, "grant_revoked")
    assert not Download.objects.exists()


def test_a_licence_whose_time_is_over_gives_no_files_even_before_the_sweep(delivered: Delivered) -> None:
    _, grant = delivered()
    link, now = token(grant), timezone.now()
    Grant.objects.filter(pk=grant.pk).update(granted_at=now - timedelta(days=2), expires_at=now)
    for refused in (lambda: delivery.open(link), lambda: token(grant)):
        with pytest.raises(GrantRevoked):
            refused()
    assert not Download.objects.exists()


def test_files_that_are_not_made_yet_are_not_linked(delivered: Delivered) -> None:
    _, grant = delivered()
    Delivery.objects.all().delete()
    with pytest.raises(FilesNotReady):
        token(grant)


def guests_order(till: Till, email: str = "guest@example.org") -> Order:
    artwork = papered()
    order = orders.place(
        buyer=None, email=email, artwork=artwork, offer_id=factories.offer(artwork).pk, language="zh-hans"
    )
    orders.settle(payment_id=till.pay_for(order).pk)
    delivery.fulfil(order.pk)
    return order


def test_a_guest_opens_what_one_order_bought(till: Till) -> None:
    mine, other = guests_order(till), guests_order(till)
    by = delivery.guest_order(delivery.guest_key(mine))
    grant = delivery.library(by).get()
    assert (grant.holder, grant.holder_email) == (None, "guest@example.org")
    delivery.open(delivery.link(grant=grant, what="picture", by=by)).file.close()
    with pytest.raises(PermissionRefused):
        delivery.link(grant=delivery.grants_of(other).get(), what="picture", by=by)


def test_a_guests_key_that_was_changed_opens_nothing(till: Till) -> None:
    order = till.order(factories.artwork())
    key = delivery.guest_key(order)
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "0" * 32 + key[32:], "", order.pk.hex):
        with pytest.raises(LinkInvalid):
            delivery.guest_order(wrong)


def test_the_address_alone_opens_nothing_to_an_account_with_it(till: Till) -> None:
    guests_order(till, email="shared@example.org")
    assert not delivery.library(factories.user(email="shared@example.org")).exists()


def test_the_library_keeps_what_was_held(delivered: Delivered) -> None:
    buyer = factories.user()
    delivered(buyer=buyer)
    _, second = delivered(buyer=buyer)
    grants.revoke(grant=second, reason="Test.")
    assert [grant.state for grant in delivery.library(buyer)] == ["revoked", "live"]
