"""The wall: listed works, narrowed by what the address says."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace import catalogue
from marketplace.models import Artwork
from marketplace.storefront.cards import card
from marketplace.storefront.facets import Wanted, active, facets, narrowed

PAGE = 15


@dataclass(frozen=True, slots=True)
class More:
    url: str
    count: int


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """One page of the wall. `after` names the last work already seen: so far down is as quick as the top."""
    wanted = Wanted.from_address(request.GET)
    matching = narrowed(wanted)
    shown, more = _page(matching, wanted, after=request.GET.get("after", "").replace("\x00", ""))
    return render(
        request,
        "storefront/gallery.html",
        {
            "total": catalogue.wall().count(),
            "found": matching.count(),
            "cards": [card(work) for work in shown],
            "more": more,
            "start": wanted.address() if request.GET.get("after") else "",
            "facets": facets(wanted),
            "active": active(wanted, counted=not shown),
            "query": wanted.query,
        },
    )


def _page(matching: QuerySet[Artwork], wanted: Wanted, *, after: str) -> tuple[list[Artwork], More | None]:
    rest = matching
    if after:
        last = Artwork.objects.filter(slug=after, listed_at__isnull=False).first()
        if last is None:
            raise Http404
        rest = matching.filter(Q(listed_at__lt=last.listed_at) | Q(listed_at=last.listed_at, id__lt=last.id))
    shown = list(rest[:PAGE])
    left = rest.count() - len(shown)
    return shown, More(wanted.address(after=shown[-1].slug), min(PAGE, left)) if left > 0 else None
