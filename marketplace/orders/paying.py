"""The buyer's way to the payment page."""

from marketplace.models import Order, Payment
from marketplace.orders import sessions
from marketplace.orders.settling import settle

__all__ = ["start_payment"]


def start_payment(*, order: Order) -> Payment:
    """The payment whose `session_url` the buyer is sent to. Asking again returns the same page while it is open.

    `sessions.NotPayable` if there is nothing to pay; `gateway.PaymentProviderUnavailable` if the provider does not
    answer: asking again then opens no second page.
    """
    payment = sessions.intend(order.pk)
    if payment.session_id and sessions.has_lapsed(payment):
        settle(payment_id=payment.pk)
        payment = sessions.intend(order.pk)
    if not payment.session_id:
        sessions.open_page(payment)
    return payment
