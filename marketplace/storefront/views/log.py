"""The public log in one page: its latest signed head and entries, and the public keys that check it without us."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from licensing.models import LogLeaf, TreeHead
from licensing.provenance import keys

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


@require_safe
def public_key(request: HttpRequest, name: str) -> HttpResponse:
    """What a stranger needs to check our files: the root certificate, or the log's key as one line."""
    house = keys.ensure(settings.SIGNING_KEYS)
    texts = {"root.pem": house.root_pem, "log.pub": f"{house.log_public.text}\n"}
    if name not in texts:
        raise Http404
    response = HttpResponse(texts[name], content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
