"""The headings and values of the index in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["HEADING_WORDS", "value_words"]

HEADING_WORDS: Mapping[str, Promise] = {
    "kind": _("Kind"),
    "colour": _("Colour"),
    "shape": _("Shape"),
    "price": _("Price"),
    "model": _("Model"),
}
_VALUES: Mapping[str, Mapping[str, str | Promise]] = {
    "kind": {
        "picture": _("Pictures"),
        "text": _("Texts"),
        "sculpture": _("Sculptures"),
        "motion": _("Moving pictures"),
    },
    "colour": {
        "red": pgettext_lazy("colour", "Red"),
        "orange": pgettext_lazy("colour", "Orange"),
        "yellow": pgettext_lazy("colour", "Yellow"),
        "green": pgettext_lazy("colour", "Green"),
        "teal": pgettext_lazy("colour", "Teal"),
        "blue": pgettext_lazy("colour", "Blue"),
        "purple": pgettext_lazy("colour", "Purple"),
        "pink": pgettext_lazy("colour", "Pink"),
        "grey": pgettext_lazy("colour", "Grey"),
    },
    "shape": {
        "wide": pgettext_lazy("shape", "Wide"),
        "tall": pgettext_lazy("shape", "Tall"),
        "square": pgettext_lazy("shape", "Square"),
    },
    "price": {
        "under-50": _("Under 50"),
        "50-200": _("50 to 200"),
        "200-1000": _("200 to 1,000"),
        "over-1000": _("1,000 and more"),
    },
    "model": {},
}


def value_words(heading: str, value: str) -> str | Promise:
    """A value in words; one without words yet, a model say, by its name."""
    return _VALUES[heading].get(value, value)
