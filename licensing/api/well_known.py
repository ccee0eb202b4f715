"""What a verifier needs of this house, at agreed addresses: its root, its log's keys, both in one."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from licensing.provenance import house

__all__ = ["key_list", "log_key", "root"]

_AN_HOUR = 3600


@require_safe
@cache_control(public=True, max_age=_AN_HOUR)
def key_list(request: HttpRequest) -> HttpResponse:
    """The key list: the argument of `verify --keys`."""
    return HttpResponse(house.key_list().encode(), content_type="application/json")


@require_safe
@cache_control(public=True, max_age=_AN_HOUR)
def root(request: HttpRequest) -> HttpResponse:
    """The root certificates, in PEM: the argument of `verify --anchors`."""
    return HttpResponse(house.key_list().root_pem, content_type="application/x-pem-file")


@require_safe
@cache_control(public=True, max_age=_AN_HOUR)
def log_key(request: HttpRequest) -> HttpResponse:
    """The keys of the log, the newest last, one a line: the argument of `verify --log-key`."""
    lines = [key.text for key in house.key_list().all_log_keys]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
