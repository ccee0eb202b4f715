"""The catalogue: works are listed and taken down here, and read for the wall. Knows nothing of orders or money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from common import outbox, states
from common.errors import Conflict, Gone, NotFound, PermissionRefused, Unprocessable
from common.models import User
from common.states import Table
from generation.models import Piece
from licensing.models import LicenceTemplate, Review, RightsRegister
from licensing.rights import names
from marketplace import search
from marketplace.models import Artwork, Draft, Offer, Profile

__all__ = [
    "STATES",
    "AlreadyListed",
    "ListingRefused",
    "NotApproved",
    "NotYourPiece",
    "OfferTerms",
    "PieceNotFree",
    "bring_back",
    "find",
    "list_artwork",
    "relist",
    "unlist",
    "wall",
]

STATES: Table = {
    (Artwork.State.DRAFT, "maker"): frozenset({Artwork.State.LISTED}),
    (Artwork.State.LISTED, "maker"): frozenset({Artwork.State.WITHDRAWN}),
    (Artwork.State.WITHDRAWN, "maker"): frozenset({Artwork.State.LISTED}),
    (Artwork.State.UNDER_REVIEW, "maker"): frozenset({Artwork.State.LISTED}),
    (Artwork.State.UNDER_REVIEW, "house"): frozenset({Artwork.State.LISTED}),
}
LARGEST_EDITION = 10_000
# The payment provider takes no card payment below or above these.
LOWEST_PRICE_MINOR = 50
HIGHEST_PRICE_MINOR = 99_999_999


class NotYourPiece(PermissionRefused):
    code = "not_your_piece"
    title = "Only the person for whom a piece was made can list it."


class NotApproved(Conflict):
    code = "review_not_approved"
    title = "The rights review of this piece is not approved. Submit it for review and wait for the decision."


class AlreadyListed(Conflict):
    code = "already_listed"
    title = "This piece is in the catalogue already."


class PieceNotFree(Conflict):
    code = "piece_not_free"
    title = "This piece was made for a commission or is licensed exclusively, so it cannot be listed."


class ListingRefused(Unprocessable):
    code = "listing_refused"
    title = "The listing has values that are not right. See `errors`."


@dataclass(frozen=True)
class OfferTerms:
    """A licence, and its price in minor units of the house's currency."""

    template: LicenceTemplate
    price_minor: int


def list_artwork(
    *,
    piece: Piece,
    maker: Profile,
    title: str,
    alt_text: str,
    edition_size: int,
    offers: Sequence[OfferTerms],
    actor: User,
    title_zh: str = "",
    story: str = "",
    story_zh: str = "",
    alt_text_zh: str = "",
) -> Artwork:
    """Hang a piece on the wall, with its offers; announced as `artwork.listed` {artwork_id}.

    `NotYourPiece`, `NotApproved`, `AlreadyListed`, `PieceNotFree`, or `ListingRefused` with `errors` by field.
    """
    _check_owner(piece, maker, actor)
    artwork = Artwork(
        piece=piece,
        maker=maker,
        title=title.strip(),
        title_zh=title_zh.strip(),
        story=story,
        story_zh=story_zh,
        alt_text=alt_text.strip(),
        alt_text_zh=alt_text_zh.strip(),
        edition_size=edition_size,
    )
    _check_values(artwork, offers)
    _check_piece(piece)
    try:
        with transaction.atomic():
            artwork.slug = _free_slug(artwork)
            artwork.save(force_insert=True)
            Offer.objects.bulk_create(
                Offer(
                    artwork=artwork,
                    template=offer.template,
                    price_minor=offer.price_minor,
                    currency=settings.CURRENCY,
                )
                for offer in offers
            )
            _list(artwork, actor)
    except IntegrityError:  # somebody was faster than the checks: they know how to say what happened
        _check_piece(piece)
        raise
    return artwork


def relist(*, artwork: Artwork, actor: User) -> None:
    """Hang a work again that was taken down, by its maker or because its approval was lost for a while."""
    _check_owner(artwork.piece, artwork.maker, actor)
    _check_rights(artwork.piece)
    with transaction.atomic():
        _list(artwork, actor)


def bring_back(piece_id: UUID) -> None:
    """Hang a work again, in its old place, that came down because its approval was set aside and now stands again.

    Leaves alone what its maker took down, and what may no longer be listed.
    """
    artwork = Artwork.objects.filter(piece=piece_id, state=Artwork.State.UNDER_REVIEW).select_related("piece").first()
    if artwork is None or not _free(artwork.piece) or not _approved(artwork.piece):
        return
    with transaction.atomic():
        states.advance(artwork, to=Artwork.State.LISTED, table=STATES, role="house", action="artwork.bring_back")
        outbox.emit("artwork.listed", artwork_id=str(artwork.pk))


def unlist(*, artwork: Artwork, actor: User, reason: str = "") -> None:
    """Take a work down; announced as `artwork.unlisted` {artwork_id}. Editions held by buyers can still be paid."""
    if actor.pk != artwork.maker_id:
        raise NotYourPiece()
    with transaction.atomic():
        states.advance(
            artwork,
            to=Artwork.State.WITHDRAWN,
            table=STATES,
            role="maker",
            action="artwork.unlist",
            actor=actor,
            reason=reason,
        )
        outbox.emit("artwork.unlisted", artwork_id=str(artwork.pk))


def wall(
    *,
    maker: str = "",
    licence: str = "",
    words: str = "",
    available: bool = False,
    asked: Mapping[str, Iterable[str]] | None = None,
) -> QuerySet[Artwork]:
    """What hangs on the wall, newest first, with all that a card shows: three queries however many works.

    `maker` and `licence` are slugs; `words` as `search.matching` reads them; `available` leaves out what is sold out or
    held to the last edition; `asked`: values by heading of `search.HEADINGS`, one of each has to fit.
    """
    works = _with_everything().defer(*_NOT_ON_A_CARD).filter(state=Artwork.State.LISTED).order_by("-listed_at", "-id")
    if maker:
        works = works.filter(maker__slug=maker)
    if licence:
        works = works.filter(offers__template__slug=licence).distinct()
    works = search.matching(works, words, asked)
    if available:
        works = works.filter(edition_size__gt=F("sold") + F("held"))
    return works


def find(slug: str) -> Artwork:
    """The listed work at an address. `NotFound` if there never was one, `Gone` if it was taken down."""
    artwork = _with_everything().filter(slug=slug).exclude(state=Artwork.State.DRAFT).first()
    if artwork is None:
        raise NotFound("There is no such work.")
    if artwork.state != Artwork.State.LISTED:
        raise Gone("This work was taken down.")
    return artwork


# Documents of a few kilobytes each, which the page of one work shows and a card does not.
_NOT_ON_A_CARD = (
    "piece__parameters",
    "piece__profile",
    "piece__scores",
    "piece__checkpoint__architecture",
    "piece__checkpoint__card",
)


def _with_everything() -> QuerySet[Artwork]:
    offers = Offer.objects.select_related("template").order_by("template__rank", "price_minor")
    works = Artwork.objects.select_related("maker", "piece__checkpoint")
    return works.prefetch_related(Prefetch("offers", queryset=offers), "piece__previews")


def _list(artwork: Artwork, actor: User) -> None:
    states.advance(
        artwork,
        to=Artwork.State.LISTED,
        table=STATES,
        role="maker",
        action="artwork.list",
        actor=actor,
        listed_at=timezone.now(),
    )
    search.index([artwork])
    outbox.emit("artwork.listed", artwork_id=str(artwork.pk))


def _check_owner(piece: Piece, maker: Profile, actor: User) -> None:
    if not piece.slot.job.requested_by_id == maker.pk == actor.pk:
        raise NotYourPiece()


def _check_piece(piece: Piece) -> None:
    if Artwork.objects.filter(piece=piece).exists():
        raise AlreadyListed()
    _check_rights(piece)


def _check_rights(piece: Piece) -> None:
    if not _free(piece):
        raise PieceNotFree()
    if not _approved(piece):
        raise NotApproved()


def _free(piece: Piece) -> bool:
    exclusive = RightsRegister.objects.filter(piece=piece, exclusive_grants__gt=0)
    return not exclusive.exists() and not Draft.objects.filter(piece=piece).exists()


def _approved(piece: Piece) -> bool:
    return Review.objects.filter(piece=piece, state=Review.State.APPROVED).exists()


def _check_values(artwork: Artwork, offers: Sequence[OfferTerms]) -> None:
    errors: dict[str, list[str]] = {}
    try:
        artwork.clean_fields(exclude=["slug", "piece", "maker", "edition_size"])
    except ValidationError as error:
        errors.update(error.message_dict)
    if not 1 <= artwork.edition_size <= LARGEST_EDITION:
        errors["edition_size"] = [f"An edition has from 1 to {LARGEST_EDITION} copies."]
    for field in ("title", "title_zh"):
        if problems := _name_problems(getattr(artwork, field)):
            errors.setdefault(field, []).extend(problems)
    if problems := _offer_problems(offers):
        errors["offers"] = problems
    if errors:
        raise ListingRefused(errors=errors)


def _name_problems(title: str) -> list[str]:
    """A title must not sell a work under somebody's name; the reviewer, who reads the prompt, never sees the title."""
    named = [one.name for one in names.mentioned(title) if one.list != names.SENSITIVE]
    return [f"{name} is on the house's lists of names. Choose a title without it." for name in named]


def _offer_problems(offers: Sequence[OfferTerms]) -> list[str]:
    problems = []
    if not offers:
        problems.append("Offer at least one licence.")
    if len({offer.template.slug for offer in offers}) < len(offers):
        problems.append("Offer each licence once.")
    if any(offer.template.exclusive for offer in offers):
        problems.append("An exclusive licence is for commissions and cannot be offered beside editions.")
    if any(not LOWEST_PRICE_MINOR <= offer.price_minor <= HIGHEST_PRICE_MINOR for offer in offers):
        problems.append(f"A price is from {LOWEST_PRICE_MINOR} to {HIGHEST_PRICE_MINOR} minor units.")
    return problems


def _free_slug(artwork: Artwork) -> str:
    """The title as an address; with a piece of the id if that is taken, or if the title has no Latin letters."""
    tail = artwork.pk.hex[-8:]
    words: Any = slugify(artwork.title)[:70].strip("-")
    if not words:
        return f"work-{tail}"
    return f"{words}-{tail}" if Artwork.objects.filter(slug=words).exists() else str(words)
