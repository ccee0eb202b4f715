"""How the admin looks: the house's name and its ink, instead of the theme's purple."""

from django.utils.translation import gettext_lazy as _

__all__ = ["UNFOLD"]

UNFOLD = {
    "SITE_TITLE": "Vernissage",
    "SITE_HEADER": "Vernissage",
    "SITE_SUBHEADER": _("For staff"),
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "3px",
    "COLORS": {
        # Ink instead of the theme's purple: red means sold, and nothing else.
        "primary": {
            "50": "247 245 240", "100": "239 236 228", "200": "221 216 204", "300": "186 179 166", "400": "138 132 120",
            "500": "107 102 92", "600": "55 52 46", "700": "43 41 36", "800": "35 33 29", "900": "27 26 23",
            "950": "20 19 16",
        },
    },
}  # fmt: skip
