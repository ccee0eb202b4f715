"""The states of a commission as data, who may take which step, and the one way to take it."""

from collections.abc import Mapping
from typing import Any

from common import outbox, states
from common.errors import PermissionRefused
from common.models import User
from marketplace.models import Commission

__all__ = ["COMMISSIONER", "HOUSE", "MAKER", "TABLE", "lock", "role_of", "step"]

COMMISSIONER = "commissioner"
MAKER = "maker"
HOUSE = "house"

_S = Commission.State
TABLE: Mapping[tuple[str, str], frozenset[str]] = {
    (_S.BRIEFED, MAKER): frozenset({_S.QUOTED, _S.DECLINED}),
    (_S.BRIEFED, COMMISSIONER): frozenset({_S.CANCELLED}),
    (_S.QUOTED, MAKER): frozenset({_S.DECLINED}),
    (_S.QUOTED, COMMISSIONER): frozenset({_S.CANCELLED}),
    (_S.QUOTED, HOUSE): frozenset({_S.DEPOSIT_PAID}),
    (_S.DEPOSIT_PAID, MAKER): frozenset({_S.IN_PROGRESS, _S.CANCELLED}),
    (_S.DEPOSIT_PAID, COMMISSIONER): frozenset({_S.CANCELLED}),
    (_S.IN_PROGRESS, MAKER): frozenset({_S.IN_PROGRESS, _S.DRAFTED}),
    # A maker goes back to work on a draft that was sent only if its rights review refused it: see drafts.start_draft.
    (_S.DRAFTED, MAKER): frozenset({_S.IN_PROGRESS}),
    (_S.DRAFTED, COMMISSIONER): frozenset({_S.REVISION_REQUESTED, _S.ACCEPTED}),
    (_S.REVISION_REQUESTED, MAKER): frozenset({_S.REVISION_REQUESTED, _S.DRAFTED}),
    # The house calls off what was refunded: money that went back does not stay half paid for.
    (_S.DEPOSIT_PAID, HOUSE): frozenset({_S.CANCELLED}),
    (_S.IN_PROGRESS, HOUSE): frozenset({_S.CANCELLED}),
    (_S.DRAFTED, HOUSE): frozenset({_S.CANCELLED}),
    (_S.REVISION_REQUESTED, HOUSE): frozenset({_S.CANCELLED}),
    (_S.ACCEPTED, HOUSE): frozenset({_S.PAID, _S.CANCELLED}),
    (_S.PAID, HOUSE): frozenset({_S.DELIVERED, _S.CANCELLED}),
    (_S.DELIVERED, HOUSE): frozenset({_S.CANCELLED}),
}


def role_of(commission: Commission, by: User, *allowed: str) -> str:
    """Which party `by` is. PermissionRefused unless that is one of `allowed`."""
    parties = {commission.commissioner_id: COMMISSIONER, commission.maker_id: MAKER}
    role = parties.get(by.pk, "stranger")
    if role not in allowed:
        raise PermissionRefused(f"Only the {' or the '.join(allowed)} of this commission may do this.")
    return role


def lock(commission: Commission) -> None:
    """Read the commission again and keep others from changing it until the transaction ends."""
    commission.refresh_from_db(from_queryset=Commission.objects.select_for_update())


def step(
    commission: Commission,
    *,
    to: str,
    role: str,
    action: str,
    by: User | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Take one step and announce it as `commission.<action>`. Call it in a transaction."""
    states.advance(
        commission,
        to=to,
        table=TABLE,
        role=role,
        action=f"commission.{action}",
        actor=by,
        reason=reason,
        **changes,
    )
    outbox.emit(f"commission.{action}", commission_id=str(commission.pk))
