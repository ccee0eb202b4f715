"""What every page of the house is given beside its own content."""

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest

__all__ = ["THEMES", "THEME_COOKIE", "house"]

THEME_COOKIE = "theme"
THEMES = ("light", "dark")

ROOMS = {
    "gallery": "gallery",
    "artwork": "gallery",
    "checkout": "gallery",
    "commissions": "commissions",
    "commission": "commissions",
    "verify": "verify",
    "library": "library",
    "account": "account",
    "tokens": "account",
    "account_login": "account",
    "account_signup": "account",
}


def house(request: HttpRequest) -> dict[str, Any]:
    """The visitor's chosen light, the room this page is in, the way back here, and whether money is only play."""
    match = getattr(request, "resolver_match", None)
    name = match.url_name if match else None
    room = ROOMS.get(name or "", "")
    return {
        "theme": _chosen_theme(request),
        "room": room,
        "at_door": name == room,
        "here": request.get_full_path(),
        "payment_sandbox": settings.PAYMENT_SANDBOX,
    }


def _chosen_theme(request: HttpRequest) -> Literal["", "light", "dark"]:
    chosen = request.COOKIES.get(THEME_COOKIE)
    return "light" if chosen == "light" else "dark" if chosen == "dark" else ""
