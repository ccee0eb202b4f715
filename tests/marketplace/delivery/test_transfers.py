"""A licence passes to another holder: once, with its files, and nothing stays open to the one before."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from common import outbox
from common.errors import PermissionRefused
from common.models import AuditLine, User
from licensing.licences import grants, transfers
from licensing.models import Grant, GrantTransfer, LogLeaf
from marketplace import delivery
from marketplace.delivery.links import FilesNotReady, LinkInvalid
from marketplace.models import Delivery, Order
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db

Delivered = Callable[..., tuple[Order, Grant]]


def _owner(grant: Grant) -> User:
    assert grant.holder is not None
    return grant.holder


def _offered(grant: Grant, to: str = "friend@example.org") -> GrantTransfer:
    return transfers.offer(grant=grant, to_email=to, by=grant.holder, language="en")


def _accept(transfer: GrantTransfer, by: User) -> Grant:
    return transfers.accept(transfers.key(transfer), by=by, language="en")


def test_an_accepted_licence_moves_with_its_files_and_is_in_the_log(delivered: Delivered) -> None:
    _, grant = delivered()
    giver, taker = _owner(grant), factories.user()
    old_link, first = delivery.link(grant=grant, what="bundle", by=giver), Delivery.objects.get(grant=grant)
    transfer = _offered(grant)
    _accept(transfer, taker)

    assert not delivery.library(giver).exists()
    moved = delivery.library(taker).get()
    assert (moved.pk, moved.holding, moved.holder_email) == (grant.pk, 1, taker.email)
    assert delivery.current(moved) is None
    with pytest.raises(FilesNotReady):
        delivery.open(old_link)
    outbox.deliver_due()

    files = delivery.current(delivery.library(taker).get())
    assert files is not None
    assert files.certificate_name != first.certificate_name
    with pytest.raises(LinkInvalid):
        delivery.open(old_link)
    with pytest.raises(PermissionRefused):
        delivery.link(grant=moved, what="bundle", by=giver)
    with delivery.open(delivery.link(grant=moved, what="certificate", by=taker)).file as file:
        assert file.read().startswith(b"%PDF-")
    body = json.loads(LogLeaf.objects.get(kind="licence.transferred").body)
    assert body["subject"] == str(grant.piece_id)
    assert set(body["details"]) == {"grant_sha256"}
    assert [letter.to for letter in mail.outbox if "passed on" in letter.subject] == [[transfer.giver_email]]


def test_the_letter_holds_the_key_and_goes_to_the_offered_address_only(delivered: Delivered) -> None:
    _, grant = delivered()
    outbox.deliver_due()
    mail.outbox.clear()
    transfer = _offered(grant)
    outbox.deliver_due()
    (letter,) = mail.outbox
    assert letter.to == ["friend@example.org"]
    assert f"/library/offers/{transfers.key(transfer)}/" in letter.body


def test_a_new_offer_ends_the_one_before_and_a_taken_back_one_is_over(delivered: Delivered) -> None:
    _, grant = delivered()
    first, second = _offered(grant), _offered(grant, "other@example.org")
    taker = factories.user()
    with pytest.raises(transfers.OfferEnded):
        _accept(first, taker)
    transfers.take_back(grant=grant, by=grant.holder)
    with pytest.raises(transfers.OfferEnded):
        _accept(second, taker)
    assert Grant.objects.get(pk=grant.pk).holder == grant.holder


@pytest.mark.parametrize("spoilt", ["late", "revoked", "not allowed"])
def test_what_may_not_pass_on_does_not(delivered: Delivered, spoilt: str) -> None:
    _, grant = delivered()
    transfer = _offered(grant)
    if spoilt == "late":
        GrantTransfer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoilt == "revoked":
        grants.revoke(grant=grant, reason="The order was refunded.")
    else:
        rights = {**grant.terms["rights"], "resell_edition": False}
        Grant.objects.filter(pk=grant.pk).update(terms={**grant.terms, "rights": rights})
    lines = AuditLine.objects.count()
    with pytest.raises(transfers.OfferEnded):
        _accept(transfer, factories.user())
    if spoilt != "late":
        with pytest.raises(transfers.NotTransferable):
            _offered(Grant.objects.get(pk=grant.pk))
    assert Grant.objects.get(pk=grant.pk).holder == grant.holder
    assert AuditLine.objects.count() == lines


def test_an_earlier_holder_cannot_offer_what_passed_on_meanwhile(delivered: Delivered) -> None:
    _, seen = delivered()
    taker = factories.user()
    _accept(_offered(Grant.objects.get(pk=seen.pk)), taker)
    with pytest.raises(transfers.NotTransferable):
        _offered(seen, "accomplice@example.org")
    assert not GrantTransfer.objects.filter(state="offered").exists()


@pytest.mark.parametrize("key", ["", "nonsense", "0" * 32 + ":forged"])
def test_a_forged_key_is_refused(key: str) -> None:
    with pytest.raises(transfers.OfferInvalid):
        transfers.accept(key, by=factories.user(), language="en")


def test_a_guests_licence_leaves_the_guests_library(delivered: Delivered) -> None:
    order, grant = delivered(buyer=None)
    _accept(transfers.offer(grant=grant, to_email="a@example.org", by=None, language="en"), factories.user())
    assert not delivery.library(order).exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_it(delivered: Delivered) -> None:
    _, grant = delivered()
    transfer = _offered(grant)
    takers = [factories.user(), factories.user()]
    got = race([lambda taker=taker: _accept(transfer, taker) for taker in takers])  # type: ignore[misc]
    assert sorted(type(one).__name__ for one in got) == ["Grant", "OfferEnded"]
    winner = takers[0] if isinstance(got[0], Grant) else takers[1]
    now = Grant.objects.get(pk=grant.pk)
    assert (now.holder, now.holding) == (winner, 1)
    assert _accept(transfer, winner).holding == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_have_it(delivered: Delivered) -> None:
    """The control: looking first and writing then gives the licence to both, one after the other."""
    _, grant = delivered()
    transfer = _offered(grant)
    takers = [factories.user(), factories.user()]
    looked = threading.Barrier(2)

    def naive(taker: User) -> bool:
        free = GrantTransfer.objects.get(pk=transfer.pk).state == "offered"
        looked.wait(30)
        if free:
            Grant.objects.filter(pk=grant.pk).update(holder=taker)
        return free

    assert race([lambda taker=taker: naive(taker) for taker in takers]) == [True, True]  # type: ignore[misc]


def test_given_and_accepted_on_the_pages(client: Client, delivered: Delivered) -> None:
    _, grant = delivered()
    giver, taker = _owner(grant), factories.user()
    client.force_login(giver)
    assert "Give it to somebody" in client.get("/library/").content.decode()
    client.post(f"/library/{grant.pk}/give/", {"what": "offer", "to_email": "friend@example.org"})
    assert "Offered to friend@example.org" in client.get("/library/").content.decode()
    address = f"/library/offers/{transfers.key(GrantTransfer.objects.get())}/"
    stranger = Client()
    assert stranger.get(address).status_code == 302
    stranger.force_login(taker)
    assert "Accept the licence" in stranger.get(address).content.decode()
    assert stranger.post(address).status_code == 302
    assert Grant.objects.get(pk=grant.pk).holder == taker
    assert stranger.get(address).status_code == 410
    assert client.post(f"/library/{grant.pk}/give/", {"to_email": "x@example.org"}).status_code == 404


def test_a_wrong_address_offers_nothing(client: Client, delivered: Delivered) -> None:
    _, grant = delivered()
    client.force_login(_owner(grant))
    page = client.post(f"/library/{grant.pk}/give/", {"to_email": "nobody"}, follow=True).content.decode()
    assert "This is no e-mail address" in page
    assert not GrantTransfer.objects.exists()


def test_over_the_api(client: Client, delivered: Delivered) -> None:
    _, grant = delivered()
    address = f"/api/v1/grants/{grant.pk}/transfer"
    assert client.post(address, {"to_email": "a@example.org"}, "application/json").status_code == 401
    taker = factories.user()
    client.force_login(taker)
    assert client.post(address, {"to_email": "a@example.org"}, "application/json").status_code == 404
    client.force_login(_owner(grant))
    made = client.post(address, {"to_email": "a@example.org"}, "application/json")
    assert (made.status_code, made.json()["state"]) == (201, "offered")
    assert client.delete(address).status_code == 204
    again = client.post(address, {"to_email": "b@example.org"}, "application/json").json()
    client.force_login(taker)
    key = transfers.key(GrantTransfer.objects.get(pk=again["id"]))
    for _ in range(2):
        accepted = client.post("/api/v1/transfers/accept", {"key": key}, "application/json")
        assert (accepted.status_code, accepted.json()["id"]) == (200, str(grant.pk))
    refused = client.post("/api/v1/transfers/accept", {"key": "x"}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "offer_invalid")
