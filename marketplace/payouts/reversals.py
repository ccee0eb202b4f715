"""Taking money back from makers who were paid for sales that were refunded since.

It is tried once for each refund. What cannot be taken back stays a debt, and is netted from what they sell next.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from common import audit, outbox
from marketplace.models import PayoutAccount, Reversal, Transfer
from marketplace.payments import connect
from marketplace.payments.provider import ProviderTransfer
from marketplace.payouts import books, sending

__all__ = ["recover", "send_due"]


def recover(*, entry: str) -> list[Reversal]:
    """Resolve to take back what makers owe since the entry with this action was booked, the newest transfer first.

    The same entry again adds nothing. What a maker still has on hold covers a debt, so that much is left with them.
    """
    return [reversal for maker_id in books.debited(entry) for reversal in _recover_from(maker_id, entry)]


def send_due(*, limit: int = 100) -> int:
    """Ask for what is to come back and return how many reversals succeeded."""
    return sending.send_due(_WAY, limit=limit)


def _recover_from(maker_id: UUID, entry: str) -> list[Reversal]:
    with transaction.atomic():
        PayoutAccount.objects.select_for_update().filter(maker_id=maker_id).first()
        if Reversal.objects.filter(transfer__maker=maker_id, action__startswith=_action(entry, "")).exists():
            return []
        return [
            reversal
            for owed in books.owed_to(maker_id)
            for reversal in _intend(maker_id, owed.currency, -owed.available_minor - owed.held_minor, entry)
        ]


def _intend(maker_id: UUID, currency: str, debt_minor: int, entry: str) -> list[Reversal]:
    """Spread a debt over the maker's transfers, less what is on its way back already."""
    coming = _of(Reversal.objects.filter(transfer__maker=maker_id, currency=currency, state__in=sending.UNFINISHED))
    missing, intended = debt_minor - coming, []
    transfers = Transfer.objects.filter(maker=maker_id, currency=currency, state=Transfer.State.SUCCEEDED)
    for transfer in transfers.order_by("-succeeded_at", "-id"):
        if missing <= 0:
            break
        taken = _of(transfer.reversals.exclude(state=Reversal.State.FAILED))
        if amount_minor := min(missing, transfer.amount_minor - taken):
            intended.append(_write(transfer, amount_minor, entry))
            missing -= amount_minor
    return intended


def _write(transfer: Transfer, amount_minor: int, entry: str) -> Reversal:
    reversal = Reversal.objects.create(
        transfer=transfer,
        action=_action(entry, str(transfer.pk)),
        amount_minor=amount_minor,
        currency=transfer.currency,
    )
    audit.record(action="reversal.intend", subject=reversal, role="system", after=reversal.state, reason=entry)
    outbox.emit("reversal.intended", reversal_id=str(reversal.pk))
    return reversal


def _action(entry: str, transfer_id: str) -> str:
    return f"{entry}:from:{transfer_id}"


def _of(reversals: QuerySet[Reversal]) -> int:
    return reversals.aggregate(total=Sum("amount_minor"))["total"] or 0


def _find(reversal: Reversal) -> ProviderTransfer | None:
    return connect.find_reversal(_transferred(reversal), reversal.action)


def _make(reversal: Reversal) -> ProviderTransfer:
    return connect.reverse(
        transfer_id=_transferred(reversal),
        amount_minor=reversal.amount_minor,
        action_id=reversal.action,
        idempotency_key=reversal.action,
    )


def _transferred(reversal: Reversal) -> str:
    return reversal.transfer.provider_id or ""


def _leave_owed(reversal: Reversal) -> None:
    """A debt that could not be collected stays where it is booked already."""


_WAY = sending.Way(
    name="reversal",
    rows=Reversal,
    related=("transfer",),
    find=_find,
    make=_make,
    expected=_transferred,
    book_success=books.came_back,
    book_failure=_leave_owed,
)
