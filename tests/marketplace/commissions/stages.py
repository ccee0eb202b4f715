"""Commissions brought to a stage by the real verbs; only the provider's word that money came is written by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from common import states
from common.errors import DomainError
from common.models import AuditLine, OutboxEvent, User
from generation.models import Checkpoint, Piece
from licensing.models import Grant, Review
from licensing.provenance import publish
from licensing.rights import reviews
from marketplace import commissions
from marketplace.models import Commission, CommissionNote, Draft, Order, Payment, Refund
from marketplace.order_states import STATES
from marketplace.payments import ledger
from tests import factories

PARAMETERS = {"width": 512, "height": 512}


@dataclass
class Case:
    """A commission and everybody around it."""

    commission: Commission
    commissioner: User
    maker: User
    stranger: User
    checkpoint: Checkpoint

    def start(self, **other: Any) -> Draft:
        given: dict[str, Any] = {"checkpoint": self.checkpoint, "parameters": PARAMETERS, "seed": 5, **other}
        return commissions.start_draft(commission=self.commission, by=self.maker, **given)

    def made(self, draft: Draft) -> Piece:
        """A piece of the draft's job, with papers: what a worker and licensing do."""
        piece = factories.piece(self.maker, of=draft.job)
        publish.papers(piece.pk)
        return piece

    def send(self, note: str = "") -> Draft:
        draft = self.start()
        commissions.send_draft(draft=draft, piece=self.made(draft), by=self.maker, note=note)
        self.commission.refresh_from_db()
        return draft

    def decide(self, draft: Draft, state: str = Review.State.APPROVED) -> None:
        review, reviewer = Review.objects.get(piece=draft.piece), factories.reviewer()
        if state == Review.State.APPROVED:
            reviews.approve(review=review, reviewer=reviewer)
        else:
            reviews.reject(review=review, reviewer=reviewer, reason="A mark of somebody else.")

    def pay(self, order: Order) -> None:
        receive(order)
        commissions.milestone_paid(order.pk)
        self.commission.refresh_from_db()


def quoted() -> Case:
    maker = factories.maker(takes_commissions=True)
    checkpoint = factories.checkpoint(architecture={"families": ["waves"]})
    commission = factories.commission(maker)
    return Case(commission, commission.commissioner, maker.user, factories.user(), checkpoint)


def briefed() -> Case:
    case = quoted()
    fields: dict[str, Any] = {"state": "briefed", "price_minor": None, "deposit_minor": None, "template": None}
    Commission.objects.filter(pk=case.commission.pk).update(**fields)
    case.commission.refresh_from_db()
    return case


def deposit_paid() -> Case:
    case = quoted()
    case.pay(commissions.accept_quote(commission=case.commission, by=case.commissioner))
    return case


def drafted() -> Case:
    case = deposit_paid()
    case.send()
    return case


def accepted() -> tuple[Case, Order]:
    case = drafted()
    case.decide(Draft.objects.get(commission=case.commission))
    return case, commissions.accept_draft(commission=case.commission, by=case.commissioner)


def receive(order: Order) -> Payment:
    """What `orders.settle` leaves when the provider says that an order was paid."""
    now = timezone.now()
    payment = Payment.objects.create(
        order=order,
        state=Payment.State.SUCCEEDED,
        amount_minor=order.total_minor,
        currency=order.currency,
        idempotency_key=f"test:{order.pk}",
        intent_id=f"pi_{order.pk.hex}",
        succeeded_at=now,
    )
    states.advance(
        order, to=Order.State.PAID, table=STATES, role="system", action="order.pay", actor=None, reason="", paid_at=now
    )
    line = order.lines.get()
    action = f"payment:{payment.pk}:receipt"
    facts: dict[str, Any] = {"action": action, "currency": order.currency, "amount_minor": order.total_minor}
    if line.commission_id:
        ledger.book_deposit(**facts, commission_id=line.commission_id)
    else:
        assert line.artwork is not None
        ledger.book_sale(**facts, maker_id=line.artwork.maker_id)
    return payment


def refused(error: type[DomainError], verb: Callable[[], object]) -> DomainError:
    """Run `verb`, which must raise exactly `error` and leave every row as it was."""
    before = everything()
    with pytest.raises(error) as caught:
        verb()
    assert type(caught.value) is error
    assert everything() == before
    return caught.value


def everything() -> object:
    counted = (AuditLine, OutboxEvent, CommissionNote, Order, Refund, Review, Grant)
    rows = (Commission, Draft)
    return [model.objects.count() for model in counted], [list(m.objects.order_by("pk").values()) for m in rows]
