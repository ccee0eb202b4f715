"""What somebody owns: licences with their files, papers and certificates, for people and for guests' orders."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.errors import DomainError
from common.models import User
from licensing.models import Grant
from marketplace import delivery
from marketplace.delivery import links
from marketplace.models import Artwork, Order
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.visitors import person
from marketplace.storefront.words import in_language


@never_cache
@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Everything that the person signed in holds or held."""
    return _shelf(request, _somebody(request))


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
    return _to_file(request, grant_id, what, _somebody(request))


@never_cache
@require_safe
def guest_take(request: HttpRequest, key: str, grant_id: UUID, what: links.What) -> HttpResponse:
    """The same for a guest."""
    return _to_file(request, grant_id, what, _guest(key))


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """The file behind a link, while the link is good."""
    try:
        opened = delivery.open(token)
    except DomainError as error:
        return _refused(request, error)
    return FileResponse(opened.file, as_attachment=True, filename=opened.name, content_type=opened.media_type)


def _somebody(request: HttpRequest) -> User:
    somebody = person(request)
    assert somebody is not None, "login_required stands in front"
    return somebody


def _guest(key: str) -> Order:
    try:
        return delivery.guest_order(key)
    except DomainError:
        raise Http404 from None


def _shelf(request: HttpRequest, by: User | Order, *, key: str = "") -> HttpResponse:
    grants = list(delivery.library(by).prefetch_related("piece__previews", "piece__artwork"))
    return render(request, "storefront/library.html", {"owned": [_owned(grant) for grant in grants], "key": key})


def _owned(grant: Grant) -> dict[str, Any]:
    work: Artwork | None = getattr(grant.piece, "artwork", None)
    files = getattr(grant, "delivery", None)
    return {
        "grant": grant,
        "work": work,
        "title": in_language(work, "title") if work else grant.work_title,
        "licence": in_language(grant.template, "title"),
        "picture": of_piece(grant.piece, alt=in_language(work, "alt_text") if work else grant.work_title, width=480),
        "files": files,
        "live": grant.stands,
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
