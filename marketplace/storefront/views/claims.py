"""A claim from outside: the form for anybody, the claimant's page behind the letter's key, the creator's page."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.api import ScopedThrottle
from common.errors import DomainError, PayloadTooLarge, TooManyRequests
from common.uploads import is_overlong
from licensing import claims
from licensing.models import Claim
from marketplace import claimed
from marketplace.storefront.claim_forms import ClaimForm, WordsForm
from marketplace.storefront.visitors import person

Words = str | Promise
STATES: dict[str, tuple[str, Words]] = {
    Claim.State.RECEIVED: ("look", _("The creator may answer")),
    Claim.State.COUNTERED: ("look", _("The claimant may keep it up")),
    Claim.State.TO_DECIDE: ("look", _("A person decides")),
    Claim.State.UPHELD: ("broken", _("Upheld")),
    Claim.State.REJECTED: ("none", _("Claim rejected")),
    Claim.State.WITHDRAWN: ("none", _("Taken back")),
}
REFUSALS: dict[str, Words] = {
    "unknown_work": _("There is no such work here. Copy the address of its page, or the id that its papers name."),
    "claim_open": _("A claim against this work from this address is open already. Answer in its letters."),
    "evidence_refused": _("Send at most 5 files of 10 MiB each: PDF, PNG, JPEG, WebP or plain text."),
    "payload_too_large": _("All files together are larger than 64 MiB. Send fewer or smaller ones."),
    "too_many_requests": _("That was a lot of claims. Wait an hour and send the next one then."),
    "words_missing": _("Say it in words: the other side reads them."),
    "invalid_transition": _("This step was taken already, or its time is over. Here is how it stands now."),
}
FIELDS = {"unknown_work": "work", "evidence_refused": "evidence", "payload_too_large": "evidence"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: HttpRequest) -> HttpResponse:
    """The form. What is not right comes back with what was typed."""
    if request.method != "POST":
        form = ClaimForm(initial={"work": request.GET.get("work", "")[:300]})
        return render(request, "storefront/claim_new.html", {"form": form})
    overlong = is_overlong(request.META.get("CONTENT_LENGTH"))
    form = ClaimForm(request.POST, request.FILES)
    status = 400
    try:
        if overlong:
            raise PayloadTooLarge
        if form.is_valid():
            _check_rate(request)
            claims.receive(
                piece=claimed.find(form.cleaned_data["work"]),
                filing=form.filing(),
                files=form.attached(),
                by=person(request),
                language=get_language() or "en",
            )
            return redirect("storefront:claim_received")
    except DomainError as error:
        form.add_error(FIELDS.get(error.code), str(REFUSALS.get(error.code, error.detail)))
        status = error.status
    return render(request, "storefront/claim_new.html", {"form": form}, status=status)


@require_safe
def claim_received(request: HttpRequest) -> HttpResponse:
    """What happens next. Names no claim, so that nobody learns of one here."""
    return render(request, "storefront/claim_received.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, key: str) -> HttpResponse:
    """The claimant's page, for whoever has the letter's key: how it stands, keep it up, take it back."""
    try:
        found = claims.of_key(key)
    except DomainError:
        raise Http404 from None
    form = WordsForm(request.POST if request.POST.get("step") == "keep_up" else None)
    if request.method != "POST":
        return _page(request, found, "claimant", form)
    try:
        if request.POST.get("step") == "withdraw":
            claims.withdraw(claim=found)
        elif form.is_valid():
            claims.keep_up(claim=found, words=form.cleaned_data["words"])
        else:
            return _page(request, found, "claimant", form, status=400)
    except DomainError as error:
        return _page(request, claims.of_key(key), "claimant", form, error=error)
    messages.success(request, gettext("Done. A letter to the creator is on its way."), extra_tags="holds")
    return redirect("storefront:claim", key=key)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim_against(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """The creator's page of a claim against a piece of theirs, with the form for a counter-notice."""
    by = person(request)
    assert by is not None, "login_required stands in front"
    mine = claims.against(by).select_related("piece__slot__job")
    found = get_object_or_404(mine, pk=claim_id)
    form = WordsForm(request.POST or None)
    if request.method != "POST":
        return _page(request, found, "creator", form)
    if not form.is_valid():
        return _page(request, found, "creator", form, status=400)
    try:
        claims.counter(claim=found, by=by, words=form.cleaned_data["words"])
    except DomainError as error:
        return _page(request, mine.get(pk=claim_id), "creator", form, error=error)
    messages.success(request, gettext("Your counter-notice is on its way to the claimant."), extra_tags="holds")
    return redirect("storefront:claim_against", claim_id=claim_id)


def _page(
    request: HttpRequest,
    found: Claim,
    side: str,
    form: WordsForm,
    *,
    status: int = 200,
    error: DomainError | None = None,
) -> HttpResponse:
    tone, words = STATES[found.state]
    page: dict[str, Any] = {
        "claim": found,
        "side": side,
        "title": claimed.title(found.piece),
        "tone": tone,
        "state_words": words,
        "form": form,
        "refusal": REFUSALS.get(error.code, error.detail) if error else "",
    }
    return render(request, "storefront/claim.html", page, status=error.status if error else status)


def _check_rate(request: HttpRequest) -> None:
    """As often as through the API: both count together."""
    throttle = ScopedThrottle()
    view: Any = SimpleNamespace(throttle_scope="claims")
    if not throttle.allow_request(request, view):  # type: ignore[arg-type]
        raise TooManyRequests(retry_after=int(throttle.wait() or 3600))
