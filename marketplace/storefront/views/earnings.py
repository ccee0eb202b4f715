"""What a maker earns: what is coming, where it goes, what was sent, and a statement of each month."""

import logging
from datetime import date
from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.errors import DomainError
from common.models import User
from marketplace import payouts
from marketplace.models import PayoutAccount, Profile, Transfer
from marketplace.payouts import accounts, books
from marketplace.storefront.templatetags.vernissage import LOCALES
from marketplace.storefront.visitors import person

log = logging.getLogger(__name__)

MONTHS = 12
PAYOUTS = 12
PROBLEMS: dict[str, str | Promise] = {
    "not_a_maker": _("Only makers are paid. Open a maker's profile first."),
    "payout_account_refused": _("The payment provider did not open an account. Check the country, or write to us."),
    "payment_provider_unavailable": _("The payment provider does not answer. Try again in a minute."),
}


class CountryForm(forms.Form):
    """Where a maker lives and banks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Locale.parse(LOCALES.get(get_language() or "en", "en_GB")).territories
        choices = sorted(((code, names[code]) for code in settings.PAYOUT_COUNTRIES), key=lambda choice: choice[1])
        self.fields["country"] = forms.ChoiceField(label=_("Where you live and bank"), choices=choices)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def earnings(request: HttpRequest) -> HttpResponse:
    """A maker's money. POST leads on to the provider's form; coming back from there, its answer is looked up."""
    maker = person(request)
    assert maker is not None, "login_required stands in front"
    if request.method == "POST":
        return _to_provider(request, maker)
    if "back" in request.GET:
        _look_again(maker)
    return render(request, "storefront/earnings.html", _context(maker))


def _to_provider(request: HttpRequest, maker: User) -> HttpResponse:
    account = PayoutAccount.objects.filter(maker_id=maker.pk, provider_id__isnull=False).first()
    form = CountryForm({"country": account.country} if account else request.POST)
    status = 400
    if form.is_valid():
        try:
            return redirect(accounts.begin(user=maker, country=form.cleaned_data["country"]).url)
        except DomainError as error:
            form.add_error(None, str(PROBLEMS.get(error.code, error.detail)))
            status = error.status
    return render(request, "storefront/earnings.html", _context(maker) | {"form": form}, status=status)


def _look_again(maker: User) -> None:
    account = PayoutAccount.objects.filter(maker_id=maker.pk, provider_id__isnull=False).first()
    if account is None:
        return
    try:
        payouts.refresh_account(provider_id=account.provider_id or "")
    except DomainError as error:
        log.warning("the account of maker %s could not be looked at: %s", maker.pk, error.detail)


def _context(maker: User) -> dict[str, Any]:
    return {
        "maker": Profile.objects.filter(pk=maker.pk).first(),
        "account": PayoutAccount.objects.filter(maker_id=maker.pk, provider_id__isnull=False).first(),
        "balances": books.owed_to(maker.pk),
        "payouts": Transfer.objects.filter(maker_id=maker.pk).order_by("-id")[:PAYOUTS],
        "hold_days": settings.PAYOUT_HOLD_DAYS,
        "months": _months(timezone.now().date()),
        "form": CountryForm(),
    }


def _months(today: date) -> list[date]:
    """The first days of the last months, the present one first."""
    number = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(number, number - MONTHS, -1)]
