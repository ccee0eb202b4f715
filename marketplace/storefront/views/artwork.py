"""One work: what it looks like, what it costs under which licence, and its papers. Buying is a POST."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from licensing.models import RightsRegister
from licensing.rights import reviews
from marketplace.models import Artwork, Edition, Offer
from marketplace.storefront import papers
from marketplace.storefront.cards import sale_state
from marketplace.storefront.pictures import of_piece
from marketplace.storefront.words import allowed, facts, in_language, lasts, licence, right

LARGE = 1600
MOST_DOTS = 50

UNAVAILABLE = {
    "sold": _("Every edition is sold."),
    "held": _("The last editions are held for somebody at the checkout. Look again in a quarter of an hour."),
    "under_review": _("This work is under review. It cannot be bought until the review is done."),
    "claimed": _("Not shown: a claim against this work is open or was upheld."),
    "withdrawn": _("This work was withdrawn. Its papers stay here, so that a sold file can still be checked."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A licence on offer, as a column of the table."""

    position: int
    code: str
    name: str
    summary: str
    price_minor: int
    currency: str
    available: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Right:
    """A row of the licence table. `may` has one for each offer: yes, no, or yes within the limit that is said."""

    words: str | Promise
    may: list[bool | str]


@dataclass(frozen=True, slots=True)
class EditionState:
    size: int
    sold: int
    held: int
    left: int
    dots: list[bool]


def find(slug: str) -> Artwork:
    """The work at this address; one that was never hung is not found."""
    works = Artwork.objects.select_related("maker", "piece__checkpoint__training_run", "piece__slot__job")
    offers = Prefetch("offers", Offer.objects.select_related("template"))
    work = works.prefetch_related("piece__previews", offers).filter(slug=slug, listed_at__isnull=False).first()
    if work is None:
        raise Http404
    return work


@require_safe
def artwork(request: HttpRequest, slug: str) -> HttpResponse:
    """The work's page. A work taken down still answers, with its papers and the reason, without buying."""
    return render(request, "storefront/artwork.html", context(find(slug), wanted=request.GET.get("licence", "")))


def context(work: Artwork, *, wanted: str = "") -> dict[str, Any]:
    """What the page shows. `wanted` is the licence to choose beforehand, by its slug."""
    title = in_language(work, "title")
    state = sale_state(work)
    claimed = work.state != Artwork.State.LISTED and reviews.claimed(work.piece)
    hidden = claimed or state == Artwork.State.WITHDRAWN
    picture = None if claimed else of_piece(work.piece, alt=in_language(work, "alt_text"), width=LARGE)
    choices = licence_choices(work, wanted=wanted)
    edition = next_edition(work) if state == "for_sale" else ""
    return {
        "work": work,
        "title": title,
        "maker": in_language(work.maker, "name"),
        "story": in_language(work, "story"),
        "facts": facts(work.piece),
        "picture": None if hidden else picture,
        "hidden": hidden,
        "state": state,
        "edition": edition_state(work),
        "next_edition": edition,
        "next_number": work.sold + work.held + 1,
        "choices": choices,
        "unavailable": UNAVAILABLE.get("claimed" if claimed else state, ""),
        "buyable": state == "for_sale" and any(choice.available for choice in choices),
        "licences": {"offers": choices, "rows": rights(work)},
        "papers": papers.of_piece(
            work.piece, title=title, picture_url=_smallest(work) if picture else "", edition=edition
        ),
        "hold_minutes": settings.HOLD_MINUTES,
        "transfers": Edition.objects.filter(artwork=work).select_related("order_line").order_by("-number")[:12],
    }


def _smallest(work: Artwork) -> str:
    picture = of_piece(work.piece, alt="", width=88)
    return picture.url if picture else ""


def next_edition(work: Artwork) -> str:
    """Which edition somebody who buys now gets."""
    if work.is_unique:
        return gettext("The only one")
    return gettext("Edition %(number)s of %(size)s") % {"number": work.sold + work.held + 1, "size": work.edition_size}


def edition_state(work: Artwork) -> EditionState:
    """The edition with one dot each, filled for sold; above fifty the page draws a bar."""
    dots = [number < work.sold for number in range(work.edition_size)] if work.edition_size <= MOST_DOTS else []
    return EditionState(work.edition_size, work.sold, work.held, work.left, dots)


def licence_choices(work: Artwork, *, wanted: str) -> list[Choice]:
    """The offers as columns. An exclusive licence is open only while nobody holds another, and the other way round."""
    register = RightsRegister.objects.filter(piece=work.piece).first()
    taken = bool(register and register.exclusive_grants)
    others = bool(register and register.other_grants) or bool(work.held or work.sold)
    offers = list(work.offers.all())
    free = [not taken and not (offer.template.exclusive and others) for offer in offers]
    open_slugs = [offer.template.slug for offer, is_free in zip(offers, free, strict=True) if is_free]
    chosen = wanted if wanted in open_slugs else next(iter(open_slugs), "")
    return [
        Choice(
            position=position,
            code=offer.template.slug,
            name=licence(offer.template),
            summary=in_language(offer.template, "summary"),
            price_minor=offer.price_minor,
            currency=offer.currency,
            available=is_free,
            chosen=offer.template.slug == chosen,
        )
        for position, (offer, is_free) in enumerate(zip(offers, free, strict=True), start=1)
    ]


def rights(work: Artwork) -> list[Right]:
    """The rows of the licence table: every right that any of the offers speaks of, and how long if any ends."""
    templates = [offer.template for offer in work.offers.all()]
    codes = dict.fromkeys(code for each in templates for code, value in each.terms.items() if isinstance(value, bool))
    rows = [Right(right(code), [allowed(each, code) for each in templates]) for code in codes]
    if any(each.lasts_days for each in templates):
        rows.append(Right(gettext("Stands for"), [lasts(each) for each in templates]))
    return rows
