"""The claims desk: what is open, the oldest first, and one claim with its evidence and its decision. For reviewers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import audit, storage
from common.errors import BadRequest, DomainError
from common.models import User
from licensing import claims
from licensing.models import Claim, ClaimEvidence
from licensing.rights import policy
from marketplace import claimed
from marketplace.storefront.claim_forms import ROLES
from marketplace.storefront.views.claims import REFUSALS as SIDES_REFUSALS
from marketplace.storefront.views.claims import STATES
from marketplace.storefront.views.desk import reviewers_only

MOST = 100
FILTERS: dict[str, tuple[Promise, Q]] = {
    "open": (gettext_lazy("Open claims"), Q(state__in=Claim.OPEN)),
    "to_decide": (gettext_lazy("To decide"), Q(state=Claim.State.TO_DECIDE)),
    "ended": (gettext_lazy("Ended"), ~Q(state__in=Claim.OPEN)),
}
REFUSALS: dict[str, str | Promise] = {
    **SIDES_REFUSALS,
    "words_missing": gettext_lazy("Give a reason: both sides read it."),
    "own_claim": gettext_lazy("This is your own claim. Somebody else has to decide on it."),
    "own_piece": gettext_lazy("You made this piece. Somebody else has to decide on it."),
    "own_refusal": gettext_lazy("You refused this piece. Somebody else has to decide on it."),
}


@reviewers_only
@require_safe
def claim_desk(request: HttpRequest, by: User) -> HttpResponse:
    """The queue under a filter."""
    chosen = request.GET.get("show", "open")
    chosen = chosen if chosen in FILTERS else "open"
    rows = Claim.objects.filter(FILTERS[chosen][1]).select_related("piece__artwork").order_by("received_at", "id")
    page = {
        "rows": [{"claim": row, "words": STATES[row.state][1], "tone": STATES[row.state][0]} for row in rows[:MOST]],
        "filters": [(key, words) for key, (words, _) in FILTERS.items()],
        "chosen": chosen,
    }
    return render(request, "storefront/claim_desk.html", page)


@reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def claim_case(request: HttpRequest, by: User, claim_id: UUID) -> HttpResponse:
    """One claim. POST decides; what was refused comes back with the words that were typed."""
    claim = _find(claim_id)
    if request.method != "POST":
        return _page(request, claim)
    reason = request.POST.get("reason", "").replace("\x00", "")[:4000]
    try:
        _decide(claim, by, request.POST.get("decision", ""), reason)
    except DomainError as error:
        messages.error(request, str(REFUSALS.get(error.code, error.detail)), extra_tags="broken")
        return _page(request, _find(claim_id), typed=reason, status=error.status)
    messages.success(request, gettext("Decided. Both sides get a letter."), extra_tags="holds")
    return redirect("storefront:claim_desk")


@reviewers_only
@require_safe
def claim_evidence(request: HttpRequest, by: User, claim_id: UUID, evidence_id: UUID) -> HttpResponse:
    """A file of the claim, to be saved and never to be shown: it comes from a stranger."""
    found = get_object_or_404(ClaimEvidence, pk=evidence_id, claim=claim_id)
    suffix = found.name.rsplit(".", 1)[-1]
    headers = {
        "Content-Disposition": f'attachment; filename="{found.pk}.{suffix}"',
        "Cache-Control": "private, no-store",
    }
    content = storage.read("masters", found.name)
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def _decide(claim: Claim, by: User, verb: str, reason: str) -> None:
    if verb == "uphold":
        claims.uphold(claim=claim, reviewer=by, reason=reason)
    elif verb == "reject":
        claims.reject(claim=claim, reviewer=by, reason=reason)
    else:
        raise BadRequest(gettext("Choose one of the decisions."))


def _find(claim_id: UUID) -> Claim:
    rows = Claim.objects.select_related("piece__slot__job__requested_by", "piece__review", "decided_by")
    return get_object_or_404(rows, pk=claim_id)


def _page(request: HttpRequest, claim: Claim, *, typed: str = "", status: int = 200) -> HttpResponse:
    tone, words = STATES[claim.state]
    creator, limit = claim.piece.slot.job.requested_by, policy.current().claims.repeat_limit
    times = claims.repeats(creator)
    page: dict[str, Any] = {
        "claim": claim,
        "title": claimed.title(claim.piece),
        "tone": tone,
        "state_words": words,
        "role": ROLES[Claim.Role(claim.role)],
        "creator": creator,
        "times": times,
        "repeated": bool(limit) and times >= limit,
        "review": getattr(claim.piece, "review", None),
        "evidence": claim.evidence.order_by("id"),
        "history": audit.history(claim),
        "may_uphold": claim.state in (Claim.State.COUNTERED, Claim.State.TO_DECIDE),
        "typed": typed,
    }
    return render(request, "storefront/claim_case.html", page, status=status)
