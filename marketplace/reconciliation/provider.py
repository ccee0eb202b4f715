"""Our books against the provider's balance, transaction by transaction and in both directions."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum

from marketplace.models import Entry, Line, Payment, Refund, Reversal, Transfer
from marketplace.payments import gateway, ledger

__all__ = ["at_the_provider"]

Movement = gateway.BalanceTransaction

_CHARGES = ("charge", "payment")
_REFUNDS = ("refund", "payment_refund")
_SENT = {"transfer": Transfer, "transfer_refund": Reversal}
_FAILURES = ("refund_failure", "payment_failure_refund", "payment_refund_failure")


def at_the_provider(*, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    """What differs between our books and the provider's balance in [since, until), one sentence each."""
    found: list[str] = []
    charged: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for movement in gateway.balance_transactions(since=since, until=until):
        total[movement.currency] += movement.net_minor
        if movement.type in _CHARGES:
            charged[movement.payment_intent_id or ""] += 1
            found += _charge(movement)
        elif movement.type in _REFUNDS:
            returned[movement.source_id or ""] += 1
            found += _refund(movement)
        elif movement.type in _SENT:
            sent[movement.source_id or ""] += 1
            found += _payout(movement)
        elif movement.type in _FAILURES:
            found += _failure(movement)
        else:
            found.append(f"{_words(movement)} is in none of our books.")
    found += _unmatched(charged, returned, since, until)
    found += _unsent(sent, since, until)
    if since is None and until is None:
        found += _totals(total)
    return found


def _charge(movement: Movement) -> Iterator[str]:
    payment = Payment.objects.filter(intent_id=movement.payment_intent_id, state=Payment.State.SUCCEEDED).first()
    if payment is None:
        yield f"{_words(movement)} was received, but no payment of ours says so."
        return
    if (payment.amount_minor, payment.currency) != (movement.amount_minor, movement.currency):
        yield f"{_words(movement)} was received, but our payment {payment.pk} is over {payment}."
    booked = _booked(f"payment:{payment.pk}:fee", ledger.STRIPE_FEES)
    if booked != movement.fee_minor:
        yield f"Of {_words(movement)} the provider kept {movement.fee_minor}, but {booked} is booked as its fee."


def _refund(movement: Movement) -> Iterator[str]:
    refund = Refund.objects.filter(provider_id=movement.source_id).first()
    if refund is None:
        yield f"{_words(movement)} went back, but no refund of ours says so."
        return
    booked = _booked(f"refund:{refund.pk}", ledger.STRIPE_BALANCE)
    if (booked, refund.currency) != (movement.amount_minor, movement.currency):
        yield f"{_words(movement)} went back, but {booked} {refund.currency} is booked for refund {refund.pk}."


def _payout(movement: Movement) -> Iterator[str]:
    row = _SENT[movement.type]._default_manager.filter(provider_id=movement.source_id).first()
    if row is None:
        yield f"{_words(movement)} moved, but no payout of ours says so."
        return
    name = row._meta.model_name
    booked = _booked(f"{name}:{row.pk}", ledger.STRIPE_BALANCE)
    if (booked, row.currency) != (movement.amount_minor, movement.currency):
        yield f"{_words(movement)} moved, but {booked} {row.currency} is booked for {name} {row.pk}."


def _failure(movement: Movement) -> Iterator[str]:
    refund = Refund.objects.filter(provider_id=movement.source_id).first()
    booked = _booked(f"refund:{refund.pk}:bounced", ledger.STRIPE_BALANCE) if refund else 0
    if booked != movement.amount_minor:
        yield f"{_words(movement)} was sent back by a bank, but {booked} is booked."


def _unmatched(
    charged: Counter[str], returned: Counter[str], since: datetime | None, until: datetime | None
) -> Iterator[str]:
    payments = Payment.objects.filter(_within(since, until), state=Payment.State.SUCCEEDED)
    for payment in payments.order_by("succeeded_at").iterator():
        if (times := charged[payment.intent_id or ""]) != 1:
            yield f"Our payment {payment.pk} over {payment} is {times} times in the provider's balance."
    refunds = Refund.objects.filter(_within(since, until), state=Refund.State.SUCCEEDED)
    for refund in refunds.order_by("succeeded_at").iterator():
        if (times := returned[refund.provider_id or ""]) != 1:
            yield f"Our refund {refund.pk} over {refund} is {times} times in the provider's balance."


def _unsent(sent: Counter[str], since: datetime | None, until: datetime | None) -> Iterator[str]:
    for model in _SENT.values():
        rows = model._default_manager.filter(_within(since, until), state=model.State.SUCCEEDED)
        for row in rows.order_by("succeeded_at").iterator():
            if (times := sent[row.provider_id or ""]) != 1:
                yield f"Our {model._meta.model_name} {row.pk} over {row} is {times} times in the provider's balance."


def _within(since: datetime | None, until: datetime | None) -> Q:
    condition = Q()
    if since is not None:
        condition &= Q(succeeded_at__gte=since)
    if until is not None:
        condition &= Q(succeeded_at__lt=until)
    return condition


def _totals(theirs: Counter[str]) -> Iterator[str]:
    booked = Line.objects.filter(account__code=ledger.STRIPE_BALANCE, entry__posted=True)
    ours = dict(booked.values_list("currency").annotate(total=Sum("amount_minor")).values_list("currency", "total"))
    for currency in sorted({*ours, *theirs}):
        if ours.get(currency, 0) != theirs[currency]:
            yield f"The provider's balance is {theirs[currency]} {currency}, ours {ours.get(currency, 0)} {currency}."


def _booked(action: str, code: str) -> int:
    entry: Any = Entry.objects.filter(action=action, lines__account__code=code)
    return entry.aggregate(total=Sum("lines__amount_minor", filter=Q(lines__account__code=code)))["total"] or 0


def _words(movement: Movement) -> str:
    return f"{movement.type} {movement.id} of {movement.amount_minor} {movement.currency}"
