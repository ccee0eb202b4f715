"""The rights desk: the queue, one piece, and decisions on it or on several at once. For reviewers only."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.errors import BadRequest, DomainError
from common.models import User
from licensing.models import Review
from licensing.rights import nearest_works, reviews
from marketplace.storefront import desk
from marketplace.storefront.visitors import person

MOST_AT_ONCE = 50
SAID: dict[str, Promise] = {
    "approve": gettext_lazy("Approved."),
    "reject": gettext_lazy("Rejected."),
    "request_changes": gettext_lazy("Sent back to its maker."),
    "take": gettext_lazy("On your desk."),
    "hand_back": gettext_lazy("Handed back."),
}
REFUSED: dict[str, Promise] = {
    "finding_unanswered": gettext_lazy("A blocking finding has no answer yet."),
    "reason_missing": gettext_lazy("Give a reason: the maker reads it."),
    "own_refusal": gettext_lazy("You refused this piece. Somebody else has to decide on the appeal."),
    "second_reviewer_needed": gettext_lazy("You have approved this piece. The policy asks for a second reviewer."),
    "own_piece": gettext_lazy("You made this piece. Somebody else has to decide on it."),
    "held_by_another": gettext_lazy("Another reviewer has taken this piece."),
    "invalid_transition": gettext_lazy("This was decided already. Here is how it stands now."),
}


def reviewers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse whoever may not decide reviews, before anything is read."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        somebody = person(request)
        if somebody is None or not (somebody.is_staff and somebody.has_perm("licensing.change_review")):
            raise PermissionDenied
        return view(request, somebody, *args, **kwargs)

    return guarded


@reviewers_only
@require_safe
def rights_desk(request: HttpRequest, by: User, review_id: UUID | None = None) -> HttpResponse:
    """The queue with one piece open: the one asked for, or the oldest."""
    return _page(request, by, review_id)


@reviewers_only
@require_safe
def training_work(request: HttpRequest, by: User, review_id: UUID, item_sha256: str) -> HttpResponse:
    """A training work that the record of the piece under review names as near; no other can be seen."""
    found = next((one for one in desk.nearest(_find(review_id)) if one.item_sha256 == item_sha256), None)
    shown = nearest_works.picture(found) if found else None
    if shown is None:
        raise Http404
    return HttpResponse(shown, content_type="image/png", headers={"Cache-Control": "private, no-store"})


@reviewers_only
@require_POST
def decide(request: HttpRequest, by: User, review_id: UUID) -> HttpResponse:
    """One decision; then the next piece. What was refused comes back with the words that were typed."""
    review = _find(review_id)
    following = _after(review, by, _chosen(request))
    verb = request.POST.get("decision", "")
    try:
        _carry_out(review, by, request, verb)
    except DomainError as error:
        messages.error(request, str(_why(error)), extra_tags="broken")
        return _page(request, by, review_id, status=error.status)
    messages.success(request, str(_done(review, verb)), extra_tags="holds")
    stays = verb in ("take", "hand_back")
    return redirect(_address(review.pk if stays else following, _chosen(request)))


@reviewers_only
@require_POST
def decide_many(request: HttpRequest, by: User) -> HttpResponse:
    """One decision on each of the chosen rows, each on its own: what is refused does not hold up the others."""
    chosen = list(dict.fromkeys(request.POST.getlist("chosen")))
    if not chosen or len(chosen) > MOST_AT_ONCE:
        messages.error(
            request, _("Choose between 1 and %(most)s pieces.") % {"most": MOST_AT_ONCE}, extra_tags="broken"
        )
        return _page(request, by, None, status=400)
    verb = request.POST.get("decision", "")
    results = [(key, *_one_of_many(key, by, request, verb)) for key in chosen]
    return _page(request, by, None, results=results)


def _one_of_many(key: str, by: User, request: HttpRequest, verb: str) -> tuple[bool, str | Promise]:
    try:
        review = Review.objects.select_related("piece__slot__job", "reviewer").filter(pk=UUID(key)).first()
    except ValueError:
        review = None
    if review is None:
        return False, _("There is no such review.")
    try:
        _carry_out(review, by, request, verb, alone=False)
    except DomainError as error:
        return False, _why(error)
    return True, _done(review, verb)


def _done(review: Review, verb: str) -> str | Promise:
    first = verb == "approve" and review.state != Review.State.APPROVED
    return _("Approved once. It waits for a second reviewer.") if first else SAID[verb]


def _carry_out(review: Review, by: User, request: HttpRequest, verb: str, *, alone: bool = True) -> None:
    """Answers to findings are read for one piece alone: nobody answers for fifty at once."""
    reason = request.POST.get("reason", "")
    if verb == "approve":
        reviews.approve(review=review, reviewer=by, reason=reason, answers=_answers(request) if alone else {})
    elif verb == "reject":
        reviews.reject(review=review, reviewer=by, reason=reason)
    elif verb == "request_changes":
        reviews.request_changes(review=review, reviewer=by, reason=reason)
    elif verb == "take":
        reviews.take(review=review, reviewer=by)
    elif verb == "hand_back":
        reviews.hand_back(review=review, reviewer=by)
    else:
        raise BadRequest(_("Choose one of the decisions."))


def _answers(request: HttpRequest) -> dict[str, str]:
    typed = ((name, str(words)) for name, words in request.POST.items() if name.startswith("answer-"))
    return {name.removeprefix("answer-"): words for name, words in typed if words.strip()}


def _why(error: DomainError) -> str | Promise:
    return REFUSED.get(error.code, error.detail)


def _find(review_id: UUID) -> Review:
    related = ("piece__slot__job__requested_by", "piece__checkpoint", "reviewer")
    return get_object_or_404(Review.objects.select_related(*related), pk=review_id)


def _chosen(request: HttpRequest) -> str:
    wanted = request.GET.get("show", "all")
    return wanted if wanted in desk.FILTERS else "all"


def _address(review_id: UUID | None, chosen: str) -> str:
    page = reverse("storefront:review", args=[review_id]) if review_id else reverse("storefront:desk")
    return page if chosen == "all" else f"{page}?show={chosen}"


def _after(review: Review, by: User, chosen: str) -> UUID | None:
    """The row below in the queue, or the one above where it is the last."""
    keys = [row.pk for row in desk.queue(chosen, by)]
    if review.pk not in keys:
        return keys[0] if keys else None
    place = keys.index(review.pk)
    rest = [*keys[place + 1 :], *reversed(keys[:place])]
    return rest[0] if rest else None


def _page(
    request: HttpRequest, by: User, review_id: UUID | None, *, status: int = 200, results: Any = ()
) -> HttpResponse:
    chosen = _chosen(request)
    rows = desk.queue(chosen, by)
    open_id = review_id or (rows[0].pk if rows else None)
    keys = [row.pk for row in rows]
    place = keys.index(open_id) if open_id in keys else -1
    context: dict[str, Any] = {
        "rows": rows,
        "total": desk.waiting().count(),
        "filters": desk.FILTERS.items(),
        "chosen": chosen,
        "suffix": "" if chosen == "all" else f"?show={chosen}",
        "results": results,
        "typed_reason": request.POST.get("reason", "") if status >= 400 else "",
        "most": MOST_AT_ONCE,
        "before": _address(keys[place - 1], chosen) if place > 0 else "",
        "after": _address(keys[place + 1], chosen) if 0 <= place < len(keys) - 1 else "",
    }
    if open_id:
        review = _find(open_id)
        context |= desk.seen(review, by)
        context["undecided"] = review.state in desk.WAITING
        typed = _answers(request) if status >= 400 else {}
        for finding in context["findings"]:
            finding.answer = typed.get(finding.rule, finding.answer)
    return render(request, "storefront/desk.html", context, status=status)
