"""What somebody owns: licences with their files, papers and certificates, for people and for guests' orders."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import DomainError
from common.models import User
from licensing.licences import transfers
from licensing.models import Grant, GrantTransfer
from marketplace import delivery
from marketplace.delivery import links
from marketplace.models import Artwork, Order
from marketplace.sending import send
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.visitors import signed_in
from marketplace.storefront.words import in_language

_OPEN_OFFERS = Prefetch(
    "transfers", GrantTransfer.objects.filter(state=GrantTransfer.State.OFFERED), to_attr="open_offers"
)


@never_cache
@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Everything that the person signed in holds or held."""
    return _shelf(request, signed_in(request))


@never_cache
@require_safe
def guest_library(request: HttpRequest, key: str) -> HttpResponse:
    """What a guest bought with one order, opened with the key that was sent to them."""
    return _shelf(request, _guest(key), key=key)


@never_cache
@login_required
@require_safe
def take(request: HttpRequest, grant_id: UUID, what: links.What) -> HttpResponse:
    """A fresh link to one file of a grant, and on to it."""
    return _to_file(request, grant_id, what, signed_in(request))


@never_cache
@require_safe
def guest_take(request: HttpRequest, key: str, grant_id: UUID, what: links.What) -> HttpResponse:
    """The same for a guest."""
    return _to_file(request, grant_id, what, _guest(key))


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file behind a link, while the link is good."""
    try:
        return send(request, token)
    except DomainError as error:
        return _refused(request, error)


@never_cache
@login_required
@require_POST
def give(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Offer a licence to the address that was typed, or take the offer back."""
    return _give(request, grant_id, signed_in(request), back=redirect("storefront:library"))


@never_cache
@require_POST
def guest_give(request: HttpRequest, key: str, grant_id: UUID) -> HttpResponse:
    """The same for a guest."""
    return _give(request, grant_id, _guest(key), back=redirect("storefront:guest_library", key=key))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offered(request: HttpRequest, key: str) -> HttpResponse:
    """What the letter's key offers, and the button that accepts it."""
    try:
        if request.method == "POST":
            transfers.accept(key, by=signed_in(request), language=get_language() or "en")
            messages.success(request, _("It is yours now. Its files are being made for you."))
            return redirect("storefront:library")
        transfer = transfers.offered(key)
    except DomainError as error:
        return render(request, "storefront/offer.html", {"code": error.code}, status=error.status)
    picture = of_piece(transfer.grant.piece, alt=transfer.grant.work_title, width=480)
    return render(request, "storefront/offer.html", {"transfer": transfer, "grant": transfer.grant, "picture": picture})


def _give(request: HttpRequest, grant_id: UUID, by: User | Order, *, back: HttpResponse) -> HttpResponse:
    grant = get_object_or_404(delivery.library(by), pk=grant_id)
    giver = by if isinstance(by, User) else None
    try:
        if request.POST.get("what") == "take_back":
            transfers.take_back(grant=grant, by=giver)
            messages.success(request, _("The offer is taken back."))
        else:
            address = forms.EmailField().clean(request.POST.get("to_email", ""))
            transfers.offer(grant=grant, to_email=address, by=giver, language=get_language() or "en")
            messages.success(request, _("A letter is on its way to %(address)s.") % {"address": address})
    except ValidationError:
        messages.error(request, _("This is no e-mail address. Nothing was offered."))
    except DomainError:
        messages.error(
            request, _("This licence cannot be given to anybody: it has ended, or its terms do not allow it.")
        )
    return back


def _guest(key: str) -> Order:
    try:
        return delivery.guest_order(key)
    except DomainError:
        raise Http404 from None


def _shelf(request: HttpRequest, by: User | Order, *, key: str = "") -> HttpResponse:
    grants = list(delivery.library(by).prefetch_related("piece__previews", "piece__artwork", _OPEN_OFFERS))
    return render(request, "storefront/library.html", {"owned": [_owned(grant) for grant in grants], "key": key})


def _owned(grant: Grant) -> dict[str, Any]:
    work: Artwork | None = getattr(grant.piece, "artwork", None)
    return {
        "grant": grant,
        "work": work,
        "title": in_language(work, "title") if work else grant.work_title,
        "licence": in_language(grant.template, "title"),
        "picture": of_piece(grant.piece, alt=in_language(work, "alt_text") if work else grant.work_title, width=480),
        "files": delivery.current(grant),
        "live": grant.stands,
        "transferable": transfers.transferable(grant),
        "offer": next(iter(getattr(grant, "open_offers", ())), None),
    }


def _to_file(request: HttpRequest, grant_id: UUID, what: links.What, by: User | Order) -> HttpResponse:
    grant = delivery.library(by).filter(pk=grant_id).first()
    if grant is None:
        raise Http404
    try:
        token = delivery.link(grant=grant, what=what, by=by)
    except DomainError as error:
        return _refused(request, error)
    return redirect("storefront:download", token=token)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "storefront/download_refused.html", {"code": error.code}, status=error.status)
