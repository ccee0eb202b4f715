"""The steps of a commission, one POST each: parse, ask the noun, go back to the page or on to pay."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.errors import DomainError
from common.models import User
from generation.models import Piece
from licensing.models import LicenceTemplate
from marketplace import commissions
from marketplace.models import Commission, Draft, Order
from marketplace.storefront.commission_forms import DraftForm, NotesForm, QuoteForm, ReasonForm
from marketplace.storefront.views.commission import context, find

REFUSALS: dict[str, str | Promise] = {
    "invalid_transition": _("This step was taken already, or the other side was faster. Here is how it stands now."),
    "not_quoted": _("There is no quote to accept. Here is how it stands now."),
    "work_has_started": _("Work has started, so it can no longer be cancelled here."),
    "revisions_used_up": _("The rounds of changes are used up. Accept the draft, or agree on another commission."),
    "review_pending": _("The rights review of this draft is not finished. You can accept it as soon as it is."),
    "review_refused": _("The rights review refused this draft, so it cannot be delivered. The maker sends another."),
    "draft_already_sent": _("This draft was sent already."),
    "papers_missing": _("The papers of this piece are still being made. Try again in a few seconds."),
    "permission_refused": _("This step belongs to the other side."),
    "already_paid": _("This was paid already."),
}


class Incomplete(Exception):
    """A form that was not right goes back to the page, with what was typed."""

    def __init__(self, **forms: Any) -> None:
        super().__init__()
        self.forms = forms


def _quote(commission: Commission, by: User, request: HttpRequest) -> None:
    form = QuoteForm(request.POST, prefix="quote")
    if not form.is_valid():
        raise Incomplete(quote=form)
    template = LicenceTemplate.objects.filter(slug="exclusive").order_by("-version").first()
    if template is None:
        raise Http404
    commissions.quote(commission=commission, by=by, template=template, **form.terms())


def _decline(commission: Commission, by: User, request: HttpRequest) -> None:
    form = ReasonForm(request.POST, prefix="decline")
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    commissions.decline(commission=commission, by=by, reason=reason)


def _cancel(commission: Commission, by: User, request: HttpRequest) -> None:
    commissions.cancel(commission=commission, by=by)


def _accept_quote(commission: Commission, by: User, request: HttpRequest) -> Order:
    return commissions.accept_quote(commission=commission, by=by)


def _start_draft(commission: Commission, by: User, request: HttpRequest) -> None:
    form = DraftForm(request.POST, prefix="draft")
    if not form.is_valid():
        raise Incomplete(draft=form)
    commissions.start_draft(commission=commission, by=by, **form.asked())


def _send_draft(commission: Commission, by: User, request: HttpRequest) -> None:
    try:
        draft = commission.drafts.get(pk=UUID(request.POST.get("draft", "")))
        piece = Piece.objects.get(pk=UUID(request.POST.get("piece", "")), slot__job=draft.job)
    except (ValueError, Draft.DoesNotExist, Piece.DoesNotExist):
        raise Incomplete() from None
    note = request.POST.get("note", "").replace("\x00", "")[:2000]
    commissions.send_draft(draft=draft, piece=piece, by=by, note=note)


def _revise(commission: Commission, by: User, request: HttpRequest) -> None:
    form = NotesForm(request.POST, prefix="notes")
    if not form.is_valid():
        raise Incomplete(notes=form)
    commissions.request_revision(commission=commission, by=by, notes=form.notes())


def _accept(commission: Commission, by: User, request: HttpRequest) -> Order:
    return commissions.accept_draft(commission=commission, by=by)


STEPS: dict[str, Callable[[Commission, User, HttpRequest], Order | None]] = {
    "quote": _quote,
    "decline": _decline,
    "cancel": _cancel,
    "accept-quote": _accept_quote,
    "start-draft": _start_draft,
    "send-draft": _send_draft,
    "revise": _revise,
    "accept": _accept,
}


@login_required
@require_POST
def take_step(request: HttpRequest, commission_id: UUID, step: str) -> HttpResponse:
    """Take one step. An order that comes of it is paid next; a refusal is said on the page as it then is."""
    if step not in STEPS:
        raise Http404
    commission, by = find(request, commission_id)
    try:
        order = STEPS[step](commission, by, request)
    except Incomplete as incomplete:
        missing = {} if incomplete.forms else {"refusal": _("Choose one of the pieces first.")}
        page = context(commission, by, forms=incomplete.forms, **missing)
        return render(request, "storefront/commission.html", page, status=400)
    except DomainError as error:
        commission, by = find(request, commission_id)
        page = context(commission, by, refusal=REFUSALS.get(error.code, error.detail))
        return render(request, "storefront/commission.html", page, status=error.status)
    if order is not None:
        return redirect("storefront:order", order_id=order.pk)
    return redirect("storefront:commission", commission_id=commission.pk)
