"""The states of an order as data. Refunds move orders too, so the table belongs to neither."""

from common.states import Table
from marketplace.models import Order

__all__ = ["ENDED_UNPAID", "STATES"]

State = Order.State
ENDED_UNPAID = (State.EXPIRED, State.CANCELLED)

STATES: Table = {
    (State.AWAITING_PAYMENT, "buyer"): frozenset({State.CANCELLED}),
    (State.AWAITING_PAYMENT, "system"): frozenset({State.PAID, State.EXPIRED, State.CANCELLED}),
    # Money that comes late finds an edition again, or goes back.
    (State.EXPIRED, "system"): frozenset({State.PAID, State.REFUNDED}),
    (State.CANCELLED, "system"): frozenset({State.PAID, State.REFUNDED}),
    (State.PAID, "system"): frozenset({State.FULFILLED, State.REFUNDED}),
    (State.FULFILLED, "system"): frozenset({State.REFUNDED}),
}
