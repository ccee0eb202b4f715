"""A work as it hangs on the wall: what its card says."""

from dataclasses import dataclass

from django.urls import reverse

from marketplace.models import Artwork
from marketplace.storefront.pictures import Picture, of_piece
from marketplace.storefront.words import in_language

__all__ = ["Card", "card", "sale_state"]

CARD_WIDTH = 480


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `state`: for_sale, held, sold, under_review or withdrawn."""

    slug: str
    url: str
    title: str
    maker: str
    year: int
    picture: Picture | None
    state: str
    price_minor: int | None
    currency: str
    left: int
    size: int


def card(artwork: Artwork) -> Card:
    """The card of one work."""
    offers = sorted(artwork.offers.all(), key=lambda offer: offer.price_minor)
    hidden = artwork.state == Artwork.State.WITHDRAWN
    picture = None if hidden else of_piece(artwork.piece, alt=in_language(artwork, "alt_text"), width=CARD_WIDTH)
    return Card(
        slug=artwork.slug,
        url=reverse("storefront:artwork", args=[artwork.slug]),
        title=in_language(artwork, "title"),
        maker=in_language(artwork.maker, "name"),
        year=artwork.piece.finished_at.year,
        picture=picture,
        state=sale_state(artwork),
        price_minor=offers[0].price_minor if offers else None,
        currency=offers[0].currency if offers else "",
        left=artwork.left,
        size=artwork.edition_size,
    )


def sale_state(artwork: Artwork) -> str:
    """In one word what a visitor can do: buy it, wait for a hold to lapse, or nothing."""
    if artwork.state != Artwork.State.LISTED:
        return artwork.state
    if artwork.left:
        return "for_sale"
    return "held" if artwork.held else "sold"
