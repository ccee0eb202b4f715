"""What anybody may know of a licence: in which work it was granted, on which terms, and whether it still stands."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from licensing.models import Grant, SignedFile
from marketplace.models import Artwork
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.words import in_language


@require_safe
def certificate(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """The public state of a grant. Who holds it is not said. A work that was never hung keeps its name and picture."""
    grant = Grant.objects.select_related("piece", "template").filter(pk=grant_id).first()
    if grant is None:
        raise Http404
    work = Artwork.objects.filter(piece=grant.piece, listed_at__isnull=False).select_related("maker").first()
    return render(
        request,
        "storefront/certificate.html",
        {
            "grant": grant,
            "work": work,
            "title": in_language(work, "title") if work else "",
            "maker": in_language(work.maker, "name") if work else "",
            "picture": of_piece(grant.piece, alt="", width=480) if work else None,
            "licence": in_language(grant.template, "title"),
            "signed": SignedFile.objects.filter(piece=grant.piece).first(),
            "live": grant.stands,
        },
    )
