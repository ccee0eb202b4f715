"""Who is looking: somebody signed in, or a guest whose browser remembers the orders that were placed in it."""

from uuid import UUID

from django.http import Http404, HttpRequest

from common.models import User
from marketplace.models import Order

__all__ = ["order_for", "person", "remember", "remembered", "signed_in"]

SESSION_KEY = "orders"
MOST_REMEMBERED = 50


def person(request: HttpRequest) -> User | None:
    """The person signed in, if somebody is."""
    return request.user if isinstance(request.user, User) else None


def signed_in(request: HttpRequest) -> User:
    """The person signed in, where `login_required` stands in front."""
    assert isinstance(request.user, User)
    return request.user


def remember(request: HttpRequest, order: Order) -> None:
    """Let this browser come back to a guest's order."""
    known = [pk for pk in request.session.get(SESSION_KEY, []) if pk != str(order.pk)]
    request.session[SESSION_KEY] = [*known, str(order.pk)][-MOST_REMEMBERED:]


def remembered(request: HttpRequest) -> list[str]:
    """The ids of the orders that were placed in this browser."""
    orders: list[str] = request.session.get(SESSION_KEY, [])
    return orders


def order_for(request: HttpRequest, order_id: UUID) -> Order:
    """The order, for its buyer, for the browser that a guest placed it in, or for staff. Anybody else finds nothing."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise Http404
    somebody = person(request)
    if somebody and (somebody.is_staff or order.buyer_id == somebody.pk):
        return order
    if order.buyer_id is None and str(order.pk) in remembered(request):
        return order
    raise Http404
