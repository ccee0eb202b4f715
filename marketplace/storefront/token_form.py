"""The form of a new API token: what it is called, what it may do, and for how long."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common import tokens
from common.scopes import AREAS, SCOPES, scope

__all__ = ["TokenForm"]


def _days() -> list[tuple[int, str]]:
    return [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in tokens.DAYS]


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What it is for"), max_length=60)
    days = forms.TypedChoiceField(label=_("It ends after"), choices=_days, coerce=int, initial=tokens.DAYS[1])
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(one, one) for one in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )

    def areas(self) -> Iterator[dict[str, Any]]:
        """One row for each area of the API, with the scopes that it has and whether they were chosen."""
        chosen = self["scopes"].value() or []
        for area, words in AREAS.items():
            pair = [scope(area, write=write) for write in (False, True)]
            yield {"words": words, "scopes": [(one, one in chosen) if one in SCOPES else None for one in pair]}
