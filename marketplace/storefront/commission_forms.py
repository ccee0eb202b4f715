"""The forms of a commission's next step, by whose turn it is. They check form; what is allowed, the noun decides."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from generation import families as painters
from marketplace.commissions import Note

__all__ = ["DraftForm", "NotesForm", "QuoteForm", "ReasonForm", "for_turn"]

NOTES = 3
SIZES = {
    "portrait": (_("Portrait, 4 : 5"), 1024, 1280),
    "landscape": (_("Landscape, 5 : 4"), 1280, 1024),
    "square": (_("Square"), 1152, 1152),
    "wide": (_("Wide, 3 : 2"), 1344, 896),
}


def _minor(amount: Decimal) -> int:
    return int(amount.scaleb(get_currency_precision(settings.CURRENCY)))


def _places() -> int:
    return get_currency_precision(settings.CURRENCY)


class QuoteForm(forms.Form):
    """A price, what of it is due before work starts, and how many rounds of changes it includes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        money: dict[str, Any] = {"min_value": Decimal(1), "max_digits": 9, "decimal_places": _places()}
        self.fields["price"] = forms.DecimalField(label=_("Price"), help_text=settings.CURRENCY, **money)
        self.fields["deposit"] = forms.DecimalField(label=_("Deposit, due before work starts"), **money)
        self.fields["revisions"] = forms.IntegerField(
            label=_("Rounds of changes included"), min_value=0, max_value=20, initial=1
        )
        self.fields["note"] = forms.CharField(
            label=_("A word to go with it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
        )

    def terms(self) -> dict[str, Any]:
        """What the noun wants, in minor units."""
        given = self.cleaned_data
        return {
            "price_minor": _minor(given["price"]),
            "deposit_minor": _minor(given["deposit"]),
            "revisions": given["revisions"],
            "note": given["note"],
        }


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why (the other side reads it)"), required=False, max_length=500)


class DraftForm(forms.Form):
    """What the model is asked for. How it is asked stays in the sealed part of the record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = painters.offered()
        families = dict.fromkeys(name for each in published for name in each.architecture.get("families", []))
        self.fields["checkpoint"] = forms.ModelChoiceField(
            label=_("Model"), queryset=published, to_field_name="slug", empty_label=None
        )
        self.fields["checkpoint"].label_from_instance = lambda each: each.title  # type: ignore[attr-defined]
        self.fields["family"] = forms.ChoiceField(
            label=_("Family of pictures"), choices=[(name, name.capitalize()) for name in families]
        )
        self.fields["size"] = forms.ChoiceField(
            label=_("Proportion"), choices=[(code, words) for code, (words, _w, _h) in SIZES.items()]
        )
        self.fields["count"] = forms.IntegerField(
            label=_("How many to choose from"), min_value=1, max_value=16, initial=4
        )

    def asked(self) -> dict[str, Any]:
        """What the noun wants."""
        given = self.cleaned_data
        _words, width, height = SIZES[given["size"]]
        return {
            "checkpoint": given["checkpoint"],
            "parameters": {"family": given["family"], "width": width, "height": height},
            "count": given["count"],
        }


class NotesForm(forms.Form):
    """Up to three notes on a draft, each a sentence or two; further ones fit into the last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, NOTES + 1):
            self.fields[f"note_{number}"] = forms.CharField(
                label=_("Note %(number)s") % {"number": number},
                required=number == 1,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def notes(self) -> list[Note]:
        """The notes that were written."""
        return [Note(text) for text in self.cleaned_data.values() if text.strip()]


def for_turn(turn: str) -> dict[str, forms.Form]:
    """The fresh forms that a page needs at this turn."""
    if turn == "quote":
        return {"quote": QuoteForm(prefix="quote"), "decline": ReasonForm(prefix="decline")}
    if turn in ("start_draft", "send_draft", "revise_draft", "replace_draft"):
        return {"draft": DraftForm(prefix="draft")}
    if turn == "answer_draft":
        return {"notes": NotesForm(prefix="notes")}
    return {}
