"""What the provider keeps of each payment, booked once it says how much."""

from uuid import UUID

from marketplace.models import Payment
from marketplace.payments import gateway, ledger

__all__ = ["FeeUnknown", "book"]


class FeeUnknown(Exception):
    """The provider has not booked this payment yet: ask again later."""


def book(*, payment_id: UUID) -> None:
    """Book the fee of a payment that was received, once. `FeeUnknown` while the provider does not know it itself."""
    payment = Payment.objects.get(pk=payment_id, state=Payment.State.SUCCEEDED)
    fee = gateway.fee_of(payment.intent_id or "")
    if fee is None:
        raise FeeUnknown(f"payment {payment_id}")
    ledger.book_fee(action=f"payment:{payment.pk}:fee", currency=fee.currency, amount_minor=fee.fee_minor)
