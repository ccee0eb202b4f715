"""What a maker has coming, by the ledger, and what is booked when it is sent, arrives, or comes back."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from marketplace.models import Entry, Line, Reversal, Transfer
from marketplace.payments import ledger

__all__ = ["Owed", "arrived", "came_back", "debited", "matured", "owed_to", "return_to_payable", "sending", "set_aside"]


class Owed(NamedTuple):
    """In minor units: what may be paid out now (below nothing: a debt), what is still held, and what is on its way."""

    currency: str
    available_minor: int
    held_minor: int
    sending_minor: int


def sending(maker_id: UUID) -> str:
    """The account of what was set aside for a maker and has not arrived yet."""
    return f"sending:maker:{maker_id}"


def owed_to(maker_id: UUID) -> list[Owed]:
    """What a maker has coming, once for each currency in which anything was ever booked. One query."""
    payable = Q(account__code=ledger.payable(maker_id))
    lines = Line.objects.filter(entry__posted=True, account__code__in=[ledger.payable(maker_id), sending(maker_id)])
    found = lines.values("currency").annotate(
        available=Coalesce(Sum("amount_minor", filter=payable & _mature()), 0),
        held=Coalesce(Sum("amount_minor", filter=payable & ~_mature()), 0),
        sent=Coalesce(Sum("amount_minor", filter=~payable), 0),
    )
    return [Owed(row["currency"], -row["available"], -row["held"], -row["sent"]) for row in found.order_by("currency")]


def matured(*, at_least_minor: int) -> list[tuple[UUID, str]]:
    """The makers, with the currency, who have at least so much to be paid out now."""
    lines = Line.objects.filter(_mature(), entry__posted=True, account__code__startswith=ledger.PAYABLE)
    found = lines.values_list("account__code", "currency").annotate(total=Sum("amount_minor"))
    due = found.filter(total__lte=-max(at_least_minor, 1)).order_by("account__code", "currency")
    return [(UUID(code.removeprefix(ledger.PAYABLE)), currency) for code, currency, _ in due]


def debited(entry: str) -> list[UUID]:
    """The makers from whom the entry with this action took something."""
    lines = Line.objects.filter(entry__action=entry, account__code__startswith=ledger.PAYABLE, amount_minor__gt=0)
    codes = lines.order_by("account__code").values_list("account__code", flat=True).distinct()
    return [UUID(code.removeprefix(ledger.PAYABLE)) for code in codes]


def set_aside(transfer: Transfer) -> Entry:
    """Book that it is no longer payable, because it is being sent."""
    lines = [(ledger.payable(transfer.maker_id), transfer.amount_minor)]
    lines += [(sending(transfer.maker_id), -transfer.amount_minor)]
    return ledger.post(action=_intended(transfer), kind="transfer", currency=transfer.currency, lines=lines)


def arrived(transfer: Transfer) -> Entry:
    """Book that it has left the house's balance."""
    lines = [(sending(transfer.maker_id), transfer.amount_minor), (ledger.STRIPE_BALANCE, -transfer.amount_minor)]
    return ledger.post(action=f"transfer:{transfer.pk}", kind="transfer_sent", currency=transfer.currency, lines=lines)


def return_to_payable(transfer: Transfer) -> Entry:
    """Book that it was not sent after all."""
    return ledger.undo(action=f"transfer:{transfer.pk}:failed", entry=_intended(transfer))


def came_back(reversal: Reversal) -> Entry:
    """Book what was taken back: it makes the maker's debt smaller."""
    maker = ledger.payable(reversal.transfer.maker_id)
    lines = [(ledger.STRIPE_BALANCE, reversal.amount_minor), (maker, -reversal.amount_minor)]
    return ledger.post(action=f"reversal:{reversal.pk}", kind="reversal", currency=reversal.currency, lines=lines)


def _intended(transfer: Transfer) -> str:
    return f"transfer:{transfer.pk}:intended"


def _mature() -> Q:
    return Q(entry__matures_at__isnull=True) | Q(entry__matures_at__lte=timezone.now())
