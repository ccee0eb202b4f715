"""The answer to a signed link, for the pages and for the API alike."""

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from common.api.ranges import attachment
from marketplace.delivery import links

__all__ = ["send"]


def send(request: HttpRequest | Request, token: str) -> HttpResponseBase:
    """The file behind a link, or a part of it. The first that leaves goes on record; HEAD and a refused range do not.

    Raises as `links.open` does.
    """
    opened = links.open(token, record=False)
    response = attachment(request, opened.file, sha256=opened.sha256, name=opened.name, media_type=opened.media_type)
    if request.method == "GET" and response.status_code in (200, 206):
        links.record(opened)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
