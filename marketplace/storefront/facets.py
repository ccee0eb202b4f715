"""Narrowing the wall: every filter lives in the address, shows its count and can be dropped by itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from licensing.models import LicenceTemplate
from marketplace import catalogue, search
from marketplace.models import Artwork
from marketplace.search import HEADINGS
from marketplace.storefront.facet_words import HEADING_WORDS, value_words
from marketplace.storefront.words import licence

__all__ = ["Facet", "Filter", "Wanted", "active", "facets", "narrowed"]

MAX_QUERY = 100
MOST_VALUES = 9
SLUG = re.compile("[a-z0-9-]{1,60}")

AVAILABILITY: Mapping[str, tuple[Promise, Q]] = {
    "now": (_("Available now"), Q(edition_size__gt=F("sold") + F("held"))),
    "unique": (_("Unique only"), Q(edition_size=1)),
    "sold": (_("Sold"), Q(sold=F("edition_size"))),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for. Unknown values are dropped, so an old address still shows a wall."""

    query: str
    licences: tuple[str, ...]
    availability: tuple[str, ...]
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_address(cls, given: QueryDict) -> "Wanted":
        known = set(LicenceTemplate.objects.values_list("slug", flat=True)) if "licence" in given else set()
        return cls(
            query=given.get("q", "").strip().replace("\x00", "")[:MAX_QUERY],
            licences=tuple(dict.fromkeys(slug for slug in given.getlist("licence") if slug in known)),
            availability=tuple(dict.fromkeys(code for code in given.getlist("show") if code in AVAILABILITY)),
            chosen={heading: values for heading in HEADINGS if (values := _slugs(given.getlist(heading)))},
        )

    def address(self, *, after: str = "") -> str:
        given = QueryDict(mutable=True)
        if self.query:
            given["q"] = self.query
        given.setlist("licence", list(self.licences))
        given.setlist("show", list(self.availability))
        for heading, values in self.chosen.items():
            given.setlist(heading, list(values))
        if after:
            given["after"] = after
        words = given.urlencode()
        return reverse("storefront:gallery") + (f"?{words}" if words else "")


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One heading with its choices. A choice's count is what choosing it alone under this heading would leave."""

    name: str
    words: str | Promise
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter in force: its words, the address without it, and how many works that address shows."""

    words: str
    without: str
    back: int


def narrowed(wanted: Wanted) -> QuerySet[Artwork]:
    """The works that match every heading (and any of the choices under one)."""
    works = catalogue.wall(words=wanted.query, asked=wanted.chosen)
    if wanted.licences:
        works = works.filter(offers__template__slug__in=wanted.licences).distinct()
    if wanted.availability:
        any_of = Q()
        for code in wanted.availability:
            any_of |= AVAILABILITY[code][1]
        works = works.filter(any_of)
    return works


def facets(wanted: Wanted) -> list[Facet]:
    """The headings with their counts, each counted with the other headings in force."""

    def licence_option(template: LicenceTemplate) -> Option:
        alone = replace(wanted, licences=(template.slug,))
        chosen = template.slug in wanted.licences
        return Option(template.slug, licence(template), narrowed(alone).count(), chosen)

    def availability_option(code: str) -> Option:
        alone = replace(wanted, availability=(code,))
        return Option(code, str(AVAILABILITY[code][0]), narrowed(alone).count(), code in wanted.availability)

    return [
        Facet("licence", _("Licence"), [licence_option(template) for template in _offered()]),
        Facet("show", _("Availability"), [availability_option(code) for code in AVAILABILITY]),
        *_headings(wanted),
    ]


def _offered() -> list[LicenceTemplate]:
    latest: dict[str, LicenceTemplate] = {}
    for template in LicenceTemplate.objects.order_by("rank", "slug", "version"):
        latest[template.slug] = template
    on_offer = set(catalogue.wall().order_by().values_list("offers__template__slug", flat=True).distinct())
    return [template for slug, template in latest.items() if slug in on_offer]


def active(wanted: Wanted, *, counted: bool) -> list[Filter]:
    """The filters in force, each with the way to drop it alone; `counted` says what dropping it would bring back."""

    def dropping(words: str, rest: Wanted) -> Filter:
        return Filter(words, rest.address(), narrowed(rest).count() if counted else 0)

    titles = {template.slug: licence(template) for template in _offered()} if wanted.licences else {}
    filters = []
    if wanted.query:
        filters.append(dropping(wanted.query, replace(wanted, query="")))
    for slug in wanted.licences:
        rest = tuple(other for other in wanted.licences if other != slug)
        filters.append(dropping(titles.get(slug, slug), replace(wanted, licences=rest)))
    for code in wanted.availability:
        rest = tuple(other for other in wanted.availability if other != code)
        filters.append(dropping(str(AVAILABILITY[code][0]), replace(wanted, availability=rest)))
    for heading, values in wanted.chosen.items():
        for value in values:
            filters.append(dropping(str(value_words(heading, value)), _without(wanted, heading, value)))
    return filters


def _without(wanted: Wanted, heading: str, value: str = "") -> Wanted:
    """Without one value under a heading, or without the heading."""
    rest = tuple(other for other in wanted.chosen.get(heading, ()) if value and other != value)
    chosen = {name: values for name, values in wanted.chosen.items() if name != heading}
    return replace(wanted, chosen={**chosen, heading: rest} if rest else chosen)


def _headings(wanted: Wanted) -> list[Facet]:
    """Those that the index counts: one query for all of which nothing is chosen, one more for each of the others."""
    everywhere = search.counted(narrowed(wanted))
    shown = []
    for heading in HEADINGS:
        chosen = wanted.chosen.get(heading, ())
        counts = search.counted(narrowed(_without(wanted, heading)))[heading] if chosen else everywhere[heading]
        values = dict.fromkeys((*chosen, *(value for value, _count in counts.most_common(MOST_VALUES))))
        options = [Option(one, str(value_words(heading, one)), counts[one], one in chosen) for one in values]
        if len(options) > 1 or chosen:
            shown.append(Facet(heading, HEADING_WORDS[heading], options))
    return shown


def _slugs(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in values if SLUG.fullmatch(one)))[:MOST_VALUES]
