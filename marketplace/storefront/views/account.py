"""A person's account, and the API tokens that they make and revoke."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import tokens
from common.models import ApiToken
from marketplace.storefront.token_form import TokenForm
from marketplace.storefront.visitors import signed_in

__all__ = ["account", "api_tokens", "revoke"]


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Where everything about signing in is found."""
    return render(request, "storefront/account.html")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """My live tokens, and the form for another; the page that answers the form is the only one to show the secret."""
    person, secret = signed_in(request), ""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _made, secret = tokens.issue(user=person, **form.cleaned_data)
        except tokens.TooManyTokens:
            form.add_error(None, _("There are as many tokens as there may be. Revoke one that you no longer need."))
    live = ApiToken.objects.live(timezone.now()).filter(user=person).order_by("-id")
    seen = {"form": TokenForm() if secret else form, "secret": secret, "tokens": live}
    status = 400 if request.method == "POST" and not secret else 200
    return render(request, "storefront/tokens.html", seen, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End one of my tokens at once."""
    person = signed_in(request)
    tokens.revoke(token=get_object_or_404(ApiToken, pk=token_id, user=person), by=person)
    messages.success(request, _("The token is revoked. It opens nothing any more."))
    return redirect("storefront:tokens")
