"""How a row of money to be sent becomes money that was sent: once, whatever is lost between us and the provider.

The row is committed as `intended` before anything is said. A sweep claims it, asks the provider outside of any
transaction, and books the answer together with the row's new state.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.utils import timezone

from common import states
from common.errors import InvalidTransition
from marketplace.models import Refund, Reversal, Transfer
from marketplace.payments.provider import PaymentProviderError, PaymentProviderUnavailable, ProviderTransfer

__all__ = ["STATES", "UNFINISHED", "Way", "claim", "send_due"]

log = logging.getLogger(__name__)

State = Refund.State
UNFINISHED = (State.INTENDED, State.SENT)
STATES: states.Table = {(State.SENT, "system"): frozenset({State.SUCCEEDED, State.FAILED})}
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)

Row = TypeVar("Row", Transfer, Reversal)


@dataclass(frozen=True)
class Way(Generic[Row]):
    """What differs between sending money and taking it back: what is asked of the provider, and what is booked."""

    name: str
    rows: type[Row]
    related: tuple[str, ...]
    find: Callable[[Row], ProviderTransfer | None]
    make: Callable[[Row], ProviderTransfer]
    expected: Callable[[Row], str]
    book_success: Callable[[Row], object]
    book_failure: Callable[[Row], object]


def send_due(way: Way[Row], *, limit: int = 100) -> int:
    """Send what is intended, ask again after what got no answer, and return how many succeeded."""
    due = way.rows._default_manager.filter(state__in=UNFINISHED, due_at__lte=timezone.now())
    done = 0
    for row in list(due.select_related(*way.related).order_by("due_at")[:limit]):
        if claim(row):
            done += _send(way, row)
    return done


def claim(row: Refund | Transfer | Reversal) -> bool:
    """Take the row for this sweep, as sent: of two sweeps one wins, and a crash leaves it due again.

    `attempts` is left as it was read: whether this is the first.
    """
    wait = min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    mine = type(row)._default_manager.filter(pk=row.pk, due_at=row.due_at, state=row.state)
    won = mine.update(due_at=timezone.now() + wait, attempts=row.attempts + 1, state=State.SENT)
    if won:
        row.state = State.SENT
    return bool(won)


def _send(way: Way[Row], row: Row) -> bool:
    try:
        # Keys are forgotten after a day, so before a repeat the provider's own list is asked.
        theirs = way.find(row) if row.attempts else None
        if theirs is None:
            try:
                theirs = way.make(row)
            except PaymentProviderError as error:
                _fail(way, row, f"{error.detail} {error.extra}")
                return False
        return _apply(way, row, theirs)
    except PaymentProviderUnavailable:
        log.warning("the payment provider does not answer: %s %s is sent later", way.name, row.pk)
    except Exception:
        log.exception("%s %s could not be sent", way.name, row.pk)
    return False


def _apply(way: Way[Row], row: Row, theirs: ProviderTransfer) -> bool:
    if (theirs.other_id, theirs.amount_minor, theirs.currency) != (way.expected(row), row.amount_minor, row.currency):
        # Money has moved, and not as we meant: it stays unbooked, and `reconcile` keeps saying so.
        log.error("%s %s moved something else: %s", way.name, row.pk, theirs)
        way.rows._default_manager.filter(pk=row.pk).update(problem=f"The provider moved something else: {theirs}"[:300])
        return False
    changes: dict[str, Any] = {"provider_id": theirs.id, "succeeded_at": timezone.now()}
    return _end(way, row, State.SUCCEEDED, "succeed", way.book_success, **changes)


def _fail(way: Way[Row], row: Row, why: str) -> None:
    log.error("%s %s was refused: %s", way.name, row.pk, why)
    _end(way, row, State.FAILED, "fail", way.book_failure, problem=why[:300])


def _end(way: Way[Row], row: Row, to: State, verb: str, book: Callable[[Row], object], **changes: Any) -> bool:
    """The row's last step and its booking, both or neither; false if another sweep took it."""
    try:
        with transaction.atomic(durable=True):
            reason = str(changes.get("problem", ""))
            action = f"{way.name}.{verb}"
            states.advance(row, to=to, table=STATES, role="system", action=action, reason=reason, **changes)
            book(row)
    except InvalidTransition:
        return False
    return True
