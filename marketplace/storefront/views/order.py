"""An order from held to delivered: pay, wait, take what was bought. What is paid, the provider says."""

import logging
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.errors import DomainError
from marketplace import delivery, orders
from marketplace.models import Order, OrderLine, Payment, Refund
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.visitors import order_for, person
from marketplace.storefront.words import in_language

log = logging.getLogger(__name__)

PROBLEMS: dict[str, str | Promise] = {
    "order_not_payable": _("This order cannot be paid any more. You were not charged."),
    "payment_provider_unavailable": _(
        "The payment page does not answer. Your edition stays held; try again in a minute."
    ),
}


@never_cache
@require_safe
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """What is held, under which licence, for how long, and the way to pay."""
    return render(request, "storefront/order.html", _context(request, order_for(request, order_id)))


@require_POST
def pay(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """On to the payment page; asking twice leads to the same one."""
    wanted = order_for(request, order_id)
    try:
        payment = orders.start_payment(order=wanted)
    except DomainError as error:
        wanted.refresh_from_db()
        problem = {"problem": PROBLEMS.get(error.code, error.detail)}
        return render(request, "storefront/order.html", _context(request, wanted) | problem, status=error.status)
    return redirect(payment.session_url)


@require_POST
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Give the edition back to the wall; if it was paid in the meantime, the page says so instead."""
    wanted = order_for(request, order_id)
    try:
        orders.cancel(order=wanted, actor=person(request) if wanted.buyer_id else None)
    except DomainError:
        log.info("order %s could not be cancelled any more", wanted.pk)
    return redirect("storefront:order", order_id=wanted.pk)


@never_cache
@require_safe
def order_return(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Where the payment page leads back to: asks the provider, then shows how far the order is."""
    wanted = _settled(order_for(request, order_id))
    if request.headers.get("HX-Request"):
        return render(request, "storefront/parts/order_progress.html", _context(request, wanted))
    return render(request, "storefront/order_return.html", _context(request, wanted))


def _settled(wanted: Order) -> Order:
    payment = wanted.payments.filter(state__in=[Payment.State.CREATED, Payment.State.OPEN]).last()
    if payment is None:
        return wanted
    try:
        return orders.settle(payment_id=payment.pk)
    except DomainError as error:
        log.warning("order %s: %s", wanted.pk, error.detail)
        return wanted


def _context(request: HttpRequest, wanted: Order) -> dict[str, Any]:
    line = wanted.lines.select_related("artwork__piece", "artwork__maker", "template", "commission").order_by("id")[0]
    seconds = (wanted.expires_at - timezone.now()).total_seconds()
    expired = wanted.state == Order.State.AWAITING_PAYMENT and seconds <= 0
    return {
        "order": wanted,
        "line": line,
        "state": Order.State.EXPIRED if expired else wanted.state,
        "minutes_left": max(1, round(seconds / 60)),
        "title": _title(line),
        "licence": in_language(line.template, "title") if line.template else "",
        "terms": in_language(line.template, "text") if line.template else "",
        "picture": of_piece(line.artwork.piece, alt="", width=240) if line.artwork else None,
        "in_review": wanted.payments.filter(state=Payment.State.REVIEW).exists(),
        "refund": Refund.objects.filter(payment__order=wanted).order_by("created_at").last(),
        "grant": delivery.grants_of(wanted).select_related("delivery").first(),
        "guest_key": delivery.guest_key(wanted) if wanted.buyer_id is None else "",
    }


def _title(line: OrderLine) -> str:
    if line.artwork:
        return in_language(line.artwork, "title")
    return line.commission.title if line.commission else line.description
