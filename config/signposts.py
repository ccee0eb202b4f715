"""What machines look for at agreed addresses: crawling rules, the reservation of text and data mining, security."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

__all__ = ["robots", "security", "tdmrep"]

PRIVATE = ("/accounts/", "/admin/", "/api/", "/checkout/", "/commissions/", "/library/", "/studio/")
A_DAY = 24 * 3600


@require_safe
@cache_control(public=True, max_age=A_DAY)
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309, with the wish of the IETF's AI Preferences draft that works are not used to train models."""
    lines = ["User-agent: *", "Content-Usage: train-ai=n", *(f"Disallow: {path}" for path in PRIVATE), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=A_DAY)
def tdmrep(request: HttpRequest) -> HttpResponse:
    """The W3C community's TDM Reservation Protocol: rights to mine the works are reserved."""
    return JsonResponse([{"location": "/", "tdm-reservation": 1}], safe=False)


@require_safe
@cache_control(public=True, max_age=A_DAY)
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116: where to report a weakness."""
    expires = (datetime.now(UTC) + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
        "Preferred-Languages: en, zh",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
