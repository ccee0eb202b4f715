"""The forms of a claim. They check form; what is allowed, the noun decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing import claims
from licensing.models import Claim

__all__ = ["ROLES", "ClaimForm", "WordsForm"]

ROLES = {
    Claim.Role.OWNER: _("The right is mine"),
    Claim.Role.AGENT: _("I act for whoever has the right"),
    Claim.Role.SHOWN: _("It shows me, or uses my name"),
}
_MAX_WORDS = 4000


def _long(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ManyFiles(forms.FileField):
    """Several files of one field; what they are, the noun looks at."""

    widget = type("ManyFilesInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFiles, self).clean(one, initial) for one in given]


class ClaimForm(forms.Form):
    """Who claims, for which right, against which work, and why."""

    work = forms.CharField(
        label=_("The work"), max_length=300, help_text=_("The address of its page, or the id that its papers name.")
    )
    name = forms.CharField(label=_("Your full name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput({"autocomplete": "email"}),
        help_text=_("The letters go there, with the link to follow your claim."),
    )
    contact = forms.CharField(label=_("Postal address or telephone, if you like"), max_length=500, required=False)
    role = forms.ChoiceField(label=_("Who you are"), choices=ROLES.items())
    own_work = forms.CharField(
        label=_("Your own work or right, and where it can be seen"), max_length=_MAX_WORDS, widget=_long(3)
    )
    statement = forms.CharField(
        label=_("Why it infringes"),
        max_length=_MAX_WORDS,
        widget=_long(6),
        help_text=_("The creator reads this and the field above, but not who you are."),
    )
    evidence = ManyFiles(
        label=_("Evidence, if you have some"),
        required=False,
        help_text=_("At most 5 files of 10 MiB each: PDF, PNG, JPEG, WebP or plain text."),
    )
    good_faith = forms.BooleanField(
        label=_(
            "To the best of my knowledge all this is true, and neither the right’s owner nor the law allows the use."
        )
    )

    def filing(self) -> claims.Filing:
        """What the noun wants, without the files."""
        given = self.cleaned_data
        return claims.Filing(
            named=given["work"],
            name=given["name"],
            email=given["email"],
            contact=given["contact"],
            role=given["role"],
            own_work=given["own_work"],
            statement=given["statement"],
        )

    def attached(self) -> list[claims.File]:
        """The files, no more of each than shows whether it is too large."""
        return [claims.File.of(one) for one in self.cleaned_data["evidence"]]


class WordsForm(forms.Form):
    words = forms.CharField(label=_("Your answer"), max_length=_MAX_WORDS, widget=_long(6))
