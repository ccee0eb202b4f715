"""The public log in one page: its latest signed head and entries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from licensing.models import LogLeaf, TreeHead

ENTRIES = 25


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The latest tree head as it was signed, and the newest entries."""
    return render(
        request,
        "storefront/log.html",
        {
            "head": TreeHead.objects.order_by("-size").first(),
            "entries": LogLeaf.objects.order_by("-index")[:ENTRIES],
        },
    )
