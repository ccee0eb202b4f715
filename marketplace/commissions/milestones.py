"""Deposit and balance: what a paid or refunded milestone does to its commission, and delivery once all is paid.

Each function may run twice, or stop anywhere and run again: every step looks at the rows first.
"""

import logging
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from common.errors import DomainError, InvalidTransition
from licensing.licences import grants
from licensing.models import Grant
from marketplace import delivery, orders, refunds
from marketplace.commissions.steps import HOUSE, TABLE, lock, step
from marketplace.models import Commission, Order
from marketplace.payments import ledger

__all__ = [
    "close_orders",
    "deliver",
    "give_back_everything",
    "milestone_paid",
    "milestone_refunded",
    "open_order",
    "orders_of",
    "place_order",
]

log = logging.getLogger(__name__)


def orders_of(commission: Commission) -> QuerySet[Order]:
    """Every order that was placed for a milestone of the commission."""
    return Order.objects.filter(lines__commission=commission)


def open_order(commission: Commission, purpose: str) -> Order | None:
    """The order for a milestone that can still be paid, if there is one."""
    waiting = orders_of(commission).filter(purpose=purpose, state=Order.State.AWAITING_PAYMENT)
    return waiting.filter(expires_at__gt=timezone.now()).order_by("-created_at").first()


def place_order(commission: Commission, purpose: Order.Purpose) -> tuple[Order, bool]:
    """The open order for a milestone, placed now if there is none, and whether it was. Lock the commission first."""
    if known := open_order(commission, purpose):
        return known, False
    assert commission.price_minor is not None
    assert commission.deposit_minor is not None
    deposit = purpose == Order.Purpose.DEPOSIT
    buyer = commission.commissioner
    with translation.override(buyer.language):
        words = gettext("Deposit: %(title)s") if deposit else gettext("Balance: %(title)s")
    order = orders.place_milestone(
        commission=commission,
        purpose=purpose,
        buyer=buyer,
        amount_minor=commission.deposit_minor if deposit else commission.price_minor - commission.deposit_minor,
        currency=commission.currency,
        description=words % {"title": commission.title},
    )
    return order, True


def close_orders(commission_id: UUID) -> None:
    """Close the payment pages of a commission that came to an end, so that nobody pays for nothing."""
    waiting = Order.objects.filter(lines__commission=commission_id, state=Order.State.AWAITING_PAYMENT)
    for order in waiting:
        with suppress(InvalidTransition):  # paid in the meantime: then `milestone_paid` gives it back
            orders.cancel(order=order, reason="The commission came to an end.")


def give_back_everything(commission: Commission, reason: str) -> None:
    """Intend to refund all that was paid for the commission."""
    for order in orders_of(commission).filter(state__in=[Order.State.PAID, Order.State.FULFILLED]):
        refunds.intend_rest(order=order, why="commission", reason=reason)


def milestone_paid(order_id: UUID) -> None:
    """Take the step that a paid milestone stands for, and deliver after the balance.

    A payment that the commission no longer waits for goes back in full.
    """
    order = Order.objects.get(pk=order_id)
    commission = Commission.objects.get(order_lines__order=order)
    with transaction.atomic():
        lock(commission)
        order.refresh_from_db(from_queryset=Order.objects.select_for_update())
        wanted = order.state != Order.State.PAID or _take(order, commission)
    if not wanted:
        log.warning("milestone %s was paid while the commission was %s", order.pk, commission.state)
        refunds.intend_rest(order=order, why="commission", reason="The commission no longer waits for this payment.")
    elif order.purpose == Order.Purpose.BALANCE:
        deliver(commission.pk)


def _take(order: Order, commission: Commission) -> bool:
    """The order is fulfilled by the step it pays for; False if the commission is not there, or no longer."""
    state = Commission.State
    before, after = {
        Order.Purpose.DEPOSIT.value: (state.QUOTED, state.DEPOSIT_PAID),
        Order.Purpose.BALANCE.value: (state.ACCEPTED, state.PAID),
    }[order.purpose]
    if commission.state != before:
        return False
    step(commission, to=after, role=HOUSE, action=after.value, reason=f"order {order.pk}")
    orders.fulfil(order=order)
    return True


def deliver(commission_id: UUID) -> None:
    """Hand over a commission that is paid in full: exclusive grant, files, the maker's money.

    If the grant is refused (the approval was withdrawn in the meantime), everything paid goes back.
    """
    commission = Commission.objects.get(pk=commission_id)
    if commission.state != Commission.State.PAID:
        return
    try:
        grant = _grant(commission)
    except DomainError as refusal:
        _give_back(commission, refusal)
        return
    if grant is None:
        return
    delivery.make_files(grant, language=commission.commissioner.language)
    with transaction.atomic():
        lock(commission)
        if commission.state != Commission.State.PAID:
            return
        step(commission, to=Commission.State.DELIVERED, role=HOUSE, action="delivered", grant=grant)
        ledger.release_commission(
            commission_id=commission.pk, maker_id=commission.maker_id, currency=commission.currency
        )


def _grant(commission: Commission) -> Grant | None:
    """The exclusive grant, or None if somebody else moved the commission on."""
    with transaction.atomic():
        lock(commission)
        if commission.state != Commission.State.PAID:
            return None
        draft, template = commission.accepted_draft, commission.template
        assert draft is not None
        assert draft.piece is not None
        assert template is not None
        return grants.grant(
            piece=draft.piece,
            template=template,
            holder=commission.commissioner,
            holder_email=commission.commissioner.email,
            work_title=commission.title,
            edition_number=None,
            edition_size=None,
            source=_source(commission),
        )


def _give_back(commission: Commission, refusal: DomainError) -> None:
    with transaction.atomic():
        lock(commission)
        if commission.state != Commission.State.PAID:
            return
        step(commission, to=Commission.State.CANCELLED, role=HOUSE, action="cancelled", reason=refusal.detail)
        give_back_everything(commission, "The piece could not be delivered.")


def milestone_refunded(order_id: UUID) -> None:
    """Call off a commission of which a milestone was refunded; the licence ends with the balance.

    Giving back only the deposit of a delivered commission is a discount, and changes nothing else.
    """
    order = Order.objects.get(pk=order_id)
    commission = Commission.objects.get(order_lines__order=order)
    with transaction.atomic():
        lock(commission)
        if order.purpose == Order.Purpose.BALANCE:
            for grant in Grant.objects.filter(source=_source(commission), state=Grant.State.LIVE):
                grants.revoke(grant=grant, reason="The balance was refunded.")
        elif commission.state == Commission.State.DELIVERED:
            return
        if Commission.State.CANCELLED in TABLE.get((commission.state, HOUSE), frozenset()):
            reason = f"The {order.purpose} was refunded."
            step(commission, to=Commission.State.CANCELLED, role=HOUSE, action="cancelled", reason=reason)


def _source(commission: Commission) -> str:
    return f"commission:{commission.pk}"
