"""From the work to an order: an edition is held, then paid. A guest is asked for an address first."""

from uuid import UUID

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.ids import new_id
from marketplace import editions, orders
from marketplace.models import Artwork, Offer, Order
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.views.artwork import context, find
from marketplace.storefront.visitors import person, remember, remembered
from marketplace.storefront.words import in_language

_TICKETS = signing.Signer(salt="storefront.buying.ticket")

REFUSALS: dict[str, str | Promise] = {
    editions.SoldOut.code: _("Somebody was faster: no edition is left just now. You were not charged."),
    editions.NotForSale.code: _("This work is not for sale at the moment. You were not charged."),
    orders.OwnArtwork.code: _("This is your own work. You have it already."),
    orders.OfferNotFound.code: _("This licence is no longer offered. Choose another one."),
}


class AddressForm(forms.Form):
    """Where the papers of a guest's purchase go."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The receipt, the certificate and the way back to your files go there. Nothing else does."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """POST with the licence's name holds an edition and leads to its order; a guest is asked for an address."""
    work = find(slug)
    chosen = request.POST.get("offer") or request.GET.get("offer", "")
    offer = next((offer for offer in work.offers.all() if offer.template.slug == chosen), None)
    if offer is None:
        raise Http404
    buyer = person(request)
    if buyer and buyer.email:
        if request.method != "POST":
            return redirect(work_address(work, chosen))
        return _place(request, work, offer, email=buyer.email)
    form = AddressForm(request.POST if "email" in request.POST else None)
    ticket = _drawn(request)
    if form.is_valid():
        return _place(request, work, offer, email=form.cleaned_data["email"], order_id=ticket)
    return render(
        request,
        "storefront/buying.html",
        {
            "work": work,
            "offer": offer,
            "form": form,
            "ticket": _TICKETS.sign((ticket or new_id()).hex),
            "title": in_language(work, "title"),
            "licence": in_language(offer.template, "title"),
            "terms": in_language(offer.template, "text"),
            "picture": of_piece(work.piece, alt="", width=240),
        },
        status=400 if form.is_bound else 200,
    )


def work_address(work: Artwork, licence: str) -> str:
    """The work's page with a licence chosen beforehand."""
    return f"{reverse('storefront:artwork', args=[work.slug])}?licence={licence}"


def _drawn(request: HttpRequest) -> UUID | None:
    """The order's id that this guest's page was made with: sent twice, also without a cookie yet, it is one order."""
    try:
        return UUID(_TICKETS.unsign(request.POST.get("ticket", "")))
    except (signing.BadSignature, ValueError):
        return None


def _place(
    request: HttpRequest, work: Artwork, offer: Offer, *, email: str, order_id: UUID | None = None
) -> HttpResponse:
    order = _open_order_of_guest(request, offer)
    if order is None:
        try:
            order = orders.place(
                buyer=person(request),
                email=email,
                artwork=work,
                offer_id=offer.pk,
                language=get_language() or "en",
                order_id=order_id,
            )
        except DomainError as error:
            refusal = {"refusal": REFUSALS.get(error.code, error.detail)}
            page = context(find(work.slug), wanted=offer.template.slug) | refusal
            return render(request, "storefront/artwork.html", page, status=error.status)
        remember(request, order)
    return redirect("storefront:order", order_id=order.pk)


def _open_order_of_guest(request: HttpRequest, offer: Offer) -> Order | None:
    """A guest's double click finds the edition that the first click held; the orders see to it for who is signed in."""
    if person(request) is not None:
        return None
    waiting = Order.objects.filter(
        pk__in=remembered(request),
        buyer=None,
        state=Order.State.AWAITING_PAYMENT,
        expires_at__gt=timezone.now(),
        total_minor=offer.price_minor,
        lines__artwork=offer.artwork_id,
        lines__template=offer.template_id,
    )
    return waiting.first()
