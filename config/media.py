"""Previews from the folder, where no object store or proxy serves them. Masters have no address here."""

import mimetypes

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

__all__ = ["preview"]

mimetypes.add_type("image/webp", ".webp")


@require_safe
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def preview(request: HttpRequest, name: str) -> FileResponse:
    """One marked preview. Its name is its digest, so it never changes and may be kept for ever."""
    try:
        file = storages["previews"].open(name, "rb")
    except FileNotFoundError:
        raise Http404("There is no such preview.") from None
    return FileResponse(file, content_type=mimetypes.guess_type(name)[0])
