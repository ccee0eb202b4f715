"""From paid to delivered: once, whatever crashes, and the money back where nothing can be given."""

from collections.abc import Callable
from typing import Any

import pytest

from common import outbox
from common.models import AuditLine, OutboxEvent
from licensing.licences import grants
from licensing.models import Grant, Review
from licensing.rights import reviews
from marketplace import delivery, refunds
from marketplace.models import Delivery, Edition, Order, Refund
from tests import factories
from tests.marketplace.conftest import Till
from tests.marketplace.delivery.conftest import papered
from tests.racing import race

pytestmark = pytest.mark.django_db

Paid = Callable[..., Order]


def fulfilled_once(order: Order) -> None:
    """Everything that a fulfilled order of one line leaves behind is there exactly once."""
    order.refresh_from_db()
    assert order.state == "fulfilled"
    assert order.fulfilled_at is not None
    assert Grant.objects.count() == Delivery.objects.count() == Edition.objects.count() == 1
    assert AuditLine.objects.filter(action="order.fulfil").count() == 1
    assert AuditLine.objects.filter(action="grant.made").count() == 1
    assert [event.payload for event in OutboxEvent.objects.filter(topic="order.fulfilled")] == [
        {"order_id": str(order.pk)}
    ]
    assert not Refund.objects.exists()


def test_a_paid_order_becomes_a_grant_with_its_files(paid: Paid) -> None:
    buyer, artwork = factories.user(), papered(edition_size=25)
    order = paid(artwork, buyer=buyer)
    outbox.deliver_due()
    fulfilled_once(order)
    grant = Grant.objects.get()
    assert (grant.piece, grant.template, grant.holder) == (artwork.piece, factories.template("personal"), buyer)
    assert (grant.holder_email, grant.work_title, grant.state) == (buyer.email, "Kiln Dusk", "live")
    assert (grant.edition_number, grant.edition_size, grant.exclusive) == (1, 25, False)
    assert grant.source == f"order_line:{order.lines.get().pk}"


def test_an_order_that_is_not_paid_is_left_alone(till: Till) -> None:
    order = till.order(papered())
    delivery.fulfil(order.pk)
    order.refresh_from_db()
    assert order.state == "awaiting_payment"
    assert not Grant.objects.exists()


def test_fulfilling_again_changes_nothing(paid: Paid) -> None:
    order = paid()
    for _ in range(3):
        delivery.fulfil(order.pk)
    fulfilled_once(order)


@pytest.mark.parametrize(
    "step",
    [
        "licensing.licences.grants.outbox.emit",
        "marketplace.delivery.fulfilment.make_files",
        "licensing.provenance.publish.bundle",
        "marketplace.delivery.files.Delivery.objects.bulk_create",
        "marketplace.delivery.fulfilment.orders.fulfil",
        "marketplace.delivery.fulfilment.outbox.emit",
    ],
)
def test_a_run_killed_before_any_step_is_completed_by_the_next_and_doubles_nothing(
    paid: Paid, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    order = paid()

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            delivery.fulfil(order.pk)
    order.refresh_from_db()
    assert order.state == "paid"
    delivery.fulfil(order.pk)
    fulfilled_once(order)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_two_fulfilments_at_once_one_counts(paid: Paid) -> None:
    order = paid()
    assert race([lambda: delivery.fulfil(order.pk)] * 2) == [None, None]
    fulfilled_once(order)


def test_what_lost_its_approval_after_the_payment_is_refunded(paid: Paid) -> None:
    order = paid()
    review = Review.objects.get()
    reviews.withdraw(review=review, reviewer=factories.reviewer(), reason="A claim was upheld.")
    delivery.fulfil(order.pk)
    delivery.fulfil(order.pk)
    assert not Grant.objects.exists()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.currency, refund.payment.order) == (4900, "EUR", order)
    refunds.send_due()
    order.refresh_from_db()
    assert order.state == "refunded"
    delivery.fulfil(order.pk)
    assert not Grant.objects.exists()


def test_what_somebody_holds_exclusively_is_refunded(paid: Paid) -> None:
    artwork = papered()
    order = paid(artwork)
    holder = factories.user()
    taken = grants.grant(
        piece=artwork.piece,
        template=factories.template("exclusive"),
        holder=holder,
        holder_email=holder.email,
        work_title="Kiln Dusk",
        edition_number=None,
        edition_size=None,
        source="test",
    )
    delivery.fulfil(order.pk)
    assert Grant.objects.get() == taken
    assert Refund.objects.get().amount_minor == 4900
    assert Order.objects.get(pk=order.pk).state == "paid"


def test_a_refund_ends_the_grant(till: Till, paid: Paid) -> None:
    order = paid()
    delivery.fulfil(order.pk)
    refunds.intend_rest(order=order, why="test", reason="Goodwill.")
    outbox.deliver_due()
    refunds.send_due()
    outbox.deliver_due()
    assert Order.objects.get(pk=order.pk).state == "refunded"
    grant = Grant.objects.get()
    assert (grant.state, grant.revoked_because) == ("revoked", "The order was refunded.")


def test_revoking_again_changes_nothing(paid: Paid) -> None:
    order = paid()
    delivery.fulfil(order.pk)
    delivery.revoke(order.pk)
    first = Grant.objects.values().get()
    delivery.revoke(order.pk)
    assert Grant.objects.values().get() == first
    assert AuditLine.objects.filter(action="grant.revoked").count() == 1
