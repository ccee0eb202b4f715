"""The house's words for things that the tables name by a code, and how to pick a text in the reader's language."""

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

__all__ = ["RIGHTS", "in_language", "right"]

RIGHTS: dict[str, str | Promise] = {
    "display": _("Hang it, show it, lend it"),
    "personal_use": _("Hang it, show it, lend it"),
    "resell": _("Resell your edition"),
    "resell_edition": _("Resell your edition"),
    "merchandise": _("Print on goods, to 5,000"),
    "advertising": _("Use in advertising"),
    "commercial_use": _("Use in a product or in advertising"),
    "exclusive": _("Stop further sales"),
    "stop_further_sales": _("Stop further sales"),
    "train": _("Train a model on it"),
    "model_training": _("Train a model on it"),
}


def right(code: str) -> str | Promise:
    """A right in words; one without words yet is shown by its name rather than hidden."""
    return RIGHTS.get(code, code.replace("_", " ").capitalize())


def in_language(row: Model, field: str) -> str:
    """`row.<field>` in the reader's language where a translation was written, otherwise in English."""
    if (get_language() or "").startswith("zh"):
        translated: str = getattr(row, f"{field}_zh", "")
        if translated:
            return translated
    value: str = getattr(row, field)
    return value
