"""What the two parties, and staff, may read of a commission: whose turn it is, what happened, and the money."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from common import audit
from common.models import User
from licensing.models import Review
from marketplace.commissions.drafts import latest_sent, refused
from marketplace.commissions.milestones import open_order, orders_of
from marketplace.commissions.steps import COMMISSIONER, HOUSE, MAKER
from marketplace.models import Commission, Order

__all__ = ["Happening", "Milestone", "Turn", "money", "timeline", "visible_to", "whose_turn"]

NOBODY = "nobody"
_S = Commission.State
_TURNS = {
    _S.BRIEFED: (MAKER, "quote"),
    _S.QUOTED: (COMMISSIONER, "accept_quote"),
    _S.DEPOSIT_PAID: (MAKER, "start_draft"),
    _S.IN_PROGRESS: (MAKER, "send_draft"),
    _S.REVISION_REQUESTED: (MAKER, "revise_draft"),
    _S.ACCEPTED: (COMMISSIONER, "pay_balance"),
    _S.PAID: (HOUSE, "deliver"),
    _S.DELIVERED: (NOBODY, "delivered"),
    _S.DECLINED: (NOBODY, "declined"),
    _S.CANCELLED: (NOBODY, "cancelled"),
}


@dataclass(frozen=True)
class Turn:
    """Who has to act: `maker`, `commissioner`, `house`, or `nobody` at the end; `key` names what they have to do."""

    who: str
    key: str


@dataclass(frozen=True)
class Happening:
    """One step on record: `action` without its prefix, e.g. `quoted`; `role` and `by` say who took it."""

    at: datetime
    action: str
    role: str
    by: User | None
    reason: str


@dataclass(frozen=True)
class Milestone:
    """One payment: `state` is `to_come`, `due`, `held`, `released`, `returning`, `returned` or `never`."""

    purpose: str
    amount_minor: int
    currency: str
    state: str
    order: Order | None


def visible_to(user: User | AnonymousUser) -> QuerySet[Commission]:
    """The commissions that somebody may see: their own, as either party; all for staff with the right to view them."""
    if not isinstance(user, User):
        return Commission.objects.none()
    if user.is_staff and user.has_perm("marketplace.view_commission"):
        return Commission.objects.all()
    return Commission.objects.filter(Q(commissioner=user) | Q(maker_id=user.pk))


def whose_turn(commission: Commission) -> Turn:
    """Who has to do something now, and what."""
    state = _S(commission.state)
    if state != _S.DRAFTED:
        return Turn(*_TURNS[state])
    draft = latest_sent(commission)
    if refused(draft):
        return Turn(MAKER, "replace_draft")
    approved = draft is not None and Review.objects.filter(piece=draft.piece_id, state=Review.State.APPROVED).exists()
    return Turn(COMMISSIONER, "answer_draft") if approved else Turn(HOUSE, "review_draft")


def timeline(commission: Commission) -> list[Happening]:
    """Every step on record, oldest first."""
    return [
        Happening(line.at, line.action.removeprefix("commission."), line.role, line.actor, line.reason)
        for line in audit.history(commission)
    ]


def money(commission: Commission) -> list[Milestone]:
    """Deposit and balance with what became of each; empty before there is a quote."""
    if commission.price_minor is None or commission.deposit_minor is None:
        return []
    amounts = {
        Order.Purpose.DEPOSIT: commission.deposit_minor,
        Order.Purpose.BALANCE: commission.price_minor - commission.deposit_minor,
    }
    return [_milestone(commission, purpose, amount) for purpose, amount in amounts.items()]


def _milestone(commission: Commission, purpose: str, amount_minor: int) -> Milestone:
    placed = orders_of(commission).filter(purpose=purpose)
    paid = placed.filter(paid_at__isnull=False).order_by("paid_at", "id").first()
    waiting = open_order(commission, purpose)
    ended = commission.state in (_S.CANCELLED, _S.DECLINED)
    if paid is not None and paid.state == Order.State.REFUNDED:
        state = "returned"
    elif paid is not None and ended:
        state = "returning"
    elif paid is not None:
        state = "released" if commission.state == _S.DELIVERED else "held"
    elif ended:
        state = "never"
    else:
        due = {Order.Purpose.DEPOSIT.value: _S.QUOTED, Order.Purpose.BALANCE.value: _S.ACCEPTED}
        state = "due" if commission.state == due[purpose] else "to_come"
    return Milestone(purpose, amount_minor, commission.currency, state, paid or waiting)
