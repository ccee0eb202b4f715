"""One commission, for its two parties: whose turn it is, the drafts, the money, and what happened so far."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.models import User
from generation import jobs
from generation.models import Slot
from marketplace import commissions
from marketplace.models import Commission, CommissionNote, Draft
from marketplace.storefront import commission_forms
from marketplace.storefront.commission_words import happened, milestones, role, steps, turn_words
from marketplace.storefront.pictures import Picture, of_piece
from marketplace.storefront.visitors import person
from marketplace.storefront.words import in_language


@dataclass(frozen=True, slots=True)
class SlotView:
    number: int
    state: str
    piece_id: UUID | None
    picture: Picture | None
    signed: bool


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft as either party sees it; `slots` only while it is not sent."""

    draft: Draft
    picture: Picture | None
    notes: list[CommissionNote]
    slots: list[SlotView]
    made: int
    ahead: int
    choosable: bool


def find(request: HttpRequest, commission_id: UUID) -> tuple[Commission, User]:
    """The commission and who is looking. Somebody who may not see it finds nothing."""
    viewer = person(request)
    if viewer is None:
        raise Http404
    mine = commissions.visible_to(viewer).select_related("maker", "commissioner", "template", "grant")
    commission = mine.filter(pk=commission_id).first()
    if commission is None:
        raise Http404
    return commission, viewer


@never_cache
@login_required
@require_safe
def commission(request: HttpRequest, commission_id: UUID) -> HttpResponse:
    """The commission's page. Polled while something is being made; it loads anew once the state has changed."""
    wanted, viewer = find(request, commission_id)
    page = context(wanted, viewer)
    if request.headers.get("HX-Request"):
        response = render(request, "storefront/parts/commission_progress.html", page)
        if request.GET.get("seen") != page["seen"]:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "storefront/commission.html", page)


def context(wanted: Commission, viewer: User, **more: Any) -> dict[str, Any]:
    """What the page shows; `more` carries forms that were not right, and refusals."""
    my_turn, heading, meaning = turn_words(wanted, viewer)
    drafts = [_draft(draft) for draft in _drafts(wanted)]
    sent = [view for view in drafts if view.draft.sent_at]
    waiting = [view for view in drafts if not view.draft.sent_at]
    turn = commissions.whose_turn(wanted).key
    making = any(slot.state in ("waiting", "claimed") for view in waiting for slot in view.slots)
    return {
        "commission": wanted,
        "role": role(wanted, viewer),
        "maker": in_language(wanted.maker, "name"),
        "my_turn": my_turn,
        "turn": turn,
        "turn_heading": heading,
        "turn_meaning": meaning,
        "steps": steps(wanted),
        "latest": sent[-1] if sent else None,
        "earlier": sent[-2::-1],
        "waiting": waiting,
        "polled": making or turn in ("deliver", "review_draft") or (turn == "send_draft" and not my_turn),
        "seen": f"{wanted.state}.{len(sent)}.{turn}.{sum(view.choosable for view in waiting)}",
        "money": milestones(wanted),
        "revisions": [index < wanted.revisions_used for index in range(wanted.revisions_included)],
        "revisions_left": wanted.revisions_included - wanted.revisions_used,
        "licence": in_language(wanted.template, "title") if wanted.template else "",
        "happened": happened(wanted, viewer),
        "cancellable": wanted.state
        in (Commission.State.BRIEFED, Commission.State.QUOTED, Commission.State.DEPOSIT_PAID),
        "forms": commission_forms.for_turn(turn) | more.pop("forms", {}),
        **more,
    }


def _drafts(wanted: Commission) -> list[Draft]:
    drafts = wanted.drafts.select_related("piece", "job").prefetch_related("notes", "piece__previews")
    return list(drafts.order_by("number"))


def _draft(draft: Draft) -> DraftView:
    slots = [] if draft.sent_at else _slots(draft)
    picture = of_piece(draft.piece, alt="", width=1600) if draft.piece else None
    made = sum(slot.state == Slot.State.FINISHED for slot in slots)
    ready = any(slot.signed for slot in slots)
    return DraftView(draft, picture, list(draft.notes.all()), slots, made, jobs.ahead(draft.job) if slots else 0, ready)


def _slots(draft: Draft) -> list[SlotView]:
    slots = draft.job.slots.select_related("piece__signed_file").prefetch_related("piece__previews").order_by("index")
    views = []
    for slot in slots:
        piece = getattr(slot, "piece", None)
        picture = of_piece(piece, alt="", width=480) if piece else None
        signed = bool(piece and hasattr(piece, "signed_file"))
        views.append(SlotView(slot.index + 1, slot.state, piece.pk if piece else None, picture, signed))
    return views
