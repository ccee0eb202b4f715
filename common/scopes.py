"""What an API token can be let into: areas of the API, each to read or also to write.

A view names its area; its method says whether that is reading. A view without an area lets no token in.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["AREAS", "SCOPES", "scope"]

AREAS: dict[str, str | Promise] = {
    "account": _("Who I am"),
    "catalogue": _("Works on the wall, and listing mine"),
    "claims": _("Claims"),
    "commissions": _("Commissions"),
    "earnings": _("What I earn, and payouts"),
    "generations": _("Making pieces, and the works that go in"),
    "library": _("What I own, and giving it away"),
    "models": _("Checkpoints, datasets and training runs"),
    "operations": _("Workers, training, webhooks and withdrawals (staff)"),
    "orders": _("Orders and paying"),
    "provenance": _("Provenance, the log and checking of files"),
    "reviews": _("Rights reviews"),
}


def scope(area: str, *, write: bool) -> str:
    """The name of a scope, such as `orders:write`."""
    return f"{area}:{'write' if write else 'read'}"


# What nothing can be written to has no scope for it.
READ_ONLY = {"models", "provenance"}
SCOPES = tuple(
    scope(area, write=write) for area in AREAS for write in (False, True) if not (write and area in READ_ONLY)
)
