"""All commissions of whoever is signed in, and the form for a new one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.models import User
from marketplace import commissions
from marketplace.models import Artwork, Profile
from marketplace.storefront.commission_words import turn_words
from marketplace.storefront.visitors import person
from marketplace.storefront.words import in_language


class BriefForm(forms.Form):
    """What somebody wants made, and by whom."""

    maker = forms.ModelChoiceField(label=_("Maker"), queryset=Profile.objects.none(), empty_label=None)
    title = forms.CharField(label=_("A name for it"), max_length=120)
    brief = forms.CharField(
        label=_("The brief"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What it is for, what it should feel like, where it hangs. Only you and the maker read it."),
    )

    def __init__(self, *args: Any, commissioner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        makers = Profile.objects.filter(takes_commissions=True).exclude(user=commissioner).order_by("name")
        maker = forms.ModelChoiceField(label=_("Maker"), queryset=makers, empty_label=None)
        maker.label_from_instance = lambda obj: in_language(obj, "name")  # type: ignore[method-assign]
        self.fields["maker"] = maker


@require_http_methods(["GET", "HEAD", "POST"])
def commission_list(request: HttpRequest) -> HttpResponse:
    """The commissions of the person signed in; POST sends a brief. A stranger sees how it goes."""
    viewer = person(request)
    if viewer is None:
        return render(request, "storefront/commissions.html", {"rows": [], "form": None})
    form = BriefForm(request.POST or None, commissioner=viewer, initial=_like(request.GET.get("like", "")))
    status = 400 if form.is_bound else 200
    if form.is_valid():
        try:
            commission = commissions.brief(commissioner=viewer, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.detail)
            status = error.status
        else:
            return redirect("storefront:commission", commission_id=commission.pk)
    page = {"rows": _rows(viewer), "form": form}
    return render(request, "storefront/commissions.html", page, status=status)


def _rows(viewer: User) -> list[dict[str, Any]]:
    mine = commissions.visible_to(viewer).select_related("maker", "commissioner").order_by("-created_at")[:100]
    rows = []
    for commission in mine:
        is_mine, heading, _meaning = turn_words(commission, viewer)
        rows.append(
            {
                "commission": commission,
                "mine": is_mine,
                "heading": heading,
                "maker": in_language(commission.maker, "name"),
            }
        )
    return rows


def _like(slug: str) -> dict[str, Any]:
    work = (
        Artwork.objects.filter(slug=slug.replace("\x00", ""), listed_at__isnull=False).select_related("maker").first()
    )
    if work is None:
        return {}
    return {
        "maker": work.maker_id,
        "title": (gettext("After “%(title)s”") % {"title": in_language(work, "title")})[:120],
    }
