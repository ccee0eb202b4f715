"""The catalogue: who may list what, what the database refuses whatever we do, and how many queries a wall costs."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common import audit
from common.errors import DomainError, Gone, InvalidTransition, NotFound
from common.models import AuditLine, OutboxEvent
from licensing.models import Review, RightsRegister
from marketplace import catalogue
from marketplace.catalogue import OfferTerms
from marketplace.models import Artwork, Draft, Offer, Preview, Profile
from tests import factories

pytestmark = pytest.mark.django_db


def listing(maker: Profile, **changes: Any) -> Artwork:
    piece = changes.pop("piece", None)
    if piece is None:
        piece = factories.piece(maker.user)
        factories.review(piece)
    terms: dict[str, Any] = {
        "piece": piece,
        "maker": maker,
        "title": "Kiln Dusk",
        "alt_text": "Layered ridges under an evening sky.",
        "edition_size": 25,
        "offers": [
            OfferTerms(factories.template("personal"), 28_000),
            OfferTerms(factories.template("commercial"), 68_000),
        ],
        "actor": maker.user,
    }
    return catalogue.list_artwork(**{**terms, **changes})


def refuses(error: type[DomainError], maker: Profile, **changes: Any) -> DomainError:
    """The listing is refused, and nothing of it stays behind."""
    with pytest.raises(error) as refused:
        listing(maker, **changes)
    assert not Offer.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert not AuditLine.objects.exists()
    return refused.value


def test_a_work_is_listed_with_its_offers_an_audit_line_and_an_announcement() -> None:
    maker = factories.maker()
    work = listing(maker, title_zh="窑暮")
    work.refresh_from_db()
    assert (work.slug, work.state, work.left, work.title_zh) == ("kiln-dusk", "listed", 25, "窑暮")
    assert work.listed_at is not None
    offers = work.offers.values_list("template__slug", "price_minor", "currency")
    assert list(offers) == [("personal", 28_000, "EUR"), ("commercial", 68_000, "EUR")]
    (line,) = audit.history(work)
    assert (line.action, line.actor, line.before, line.after) == ("artwork.list", maker.user, "draft", "listed")
    event = OutboxEvent.objects.get()
    assert (event.topic, event.payload) == ("artwork.listed", {"artwork_id": str(work.pk)})


@pytest.mark.parametrize("state", [state for state in Review.State if state != Review.State.APPROVED])
def test_nothing_is_listed_whose_review_is_not_approved(state: str) -> None:
    maker = factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece, state=state)
    assert refuses(catalogue.NotApproved, maker, piece=piece).code == "review_not_approved"
    assert not Artwork.objects.exists()


def test_nothing_is_listed_that_was_never_reviewed() -> None:
    maker = factories.maker()
    refuses(catalogue.NotApproved, maker, piece=factories.piece(maker.user))


@pytest.mark.parametrize("verb", ["insert", "update"])
def test_the_database_itself_lists_nothing_unapproved(verb: str) -> None:
    maker = factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece, state=Review.State.IN_REVIEW)
    fields: dict[str, Any] = {"piece": piece, "maker": maker, "title": "X", "edition_size": 1, "slug": "x"}
    if verb == "insert":
        with pytest.raises(IntegrityError, match="not approved"), transaction.atomic():
            Artwork.objects.create(**fields, state="listed", listed_at=timezone.now())
        assert not Artwork.objects.exists()
        return
    draft = Artwork.objects.create(**fields)
    with pytest.raises(IntegrityError, match="not approved"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_artwork SET state = 'listed', listed_at = %s WHERE slug = 'x'", [timezone.now()]
        )
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_losing_the_approval_takes_the_work_down() -> None:
    work = listing(factories.maker())
    Review.objects.filter(piece=work.piece).update(state=Review.State.WITHDRAWN)
    work.refresh_from_db()
    assert work.state == "under_review"


def test_only_whoever_had_it_made_lists_a_piece() -> None:
    maker, other = factories.maker(), factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece)
    assert refuses(catalogue.NotYourPiece, other, piece=piece).status == 403
    refuses(catalogue.NotYourPiece, maker, piece=piece, actor=other.user)
    refuses(catalogue.NotYourPiece, other, piece=piece, actor=maker.user)


def test_a_piece_is_listed_once() -> None:
    maker = factories.maker()
    work = listing(maker)
    with pytest.raises(catalogue.AlreadyListed):
        listing(maker, piece=work.piece)
    assert Artwork.objects.count() == 1


def test_a_draft_of_a_commission_is_not_listed() -> None:
    maker = factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece)
    Draft.objects.create(commission=factories.commission(maker), number=1, job=piece.slot.job, piece=piece)
    refuses(catalogue.PieceNotFree, maker, piece=piece)


def test_an_exclusively_licensed_piece_is_not_listed() -> None:
    maker = factories.maker()
    piece = factories.piece(maker.user)
    factories.review(piece)
    RightsRegister.objects.create(piece=piece, exclusive_grants=1)
    refuses(catalogue.PieceNotFree, maker, piece=piece)


@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_an_edition_size_out_of_range_is_refused(size: int) -> None:
    refused = refuses(catalogue.ListingRefused, factories.maker(), edition_size=size)
    assert refused.extra == {"errors": {"edition_size": ["An edition has from 1 to 10000 copies."]}}


@pytest.mark.parametrize("price", [0, -4_900, 49, 100_000_000])
def test_a_price_that_no_card_pays_is_refused(price: int) -> None:
    refused = refuses(catalogue.ListingRefused, factories.maker(), offers=[OfferTerms(factories.template(), price)])
    assert refused.extra == {"errors": {"offers": ["A price is from 50 to 99999999 minor units."]}}


def test_an_exclusive_licence_is_not_offered_beside_editions() -> None:
    offers = [OfferTerms(factories.template("exclusive"), 100_000)]
    refused = refuses(catalogue.ListingRefused, factories.maker(), offers=offers)
    assert "exclusive" in refused.extra["errors"]["offers"][0]


def test_a_licence_is_offered_once() -> None:
    offers = [OfferTerms(factories.template(), 5_000), OfferTerms(factories.template(), 6_000)]
    refused = refuses(catalogue.ListingRefused, factories.maker(), offers=offers)
    assert refused.extra == {"errors": {"offers": ["Offer each licence once."]}}


def test_a_listing_without_an_offer_is_refused() -> None:
    refuses(catalogue.ListingRefused, factories.maker(), offers=[])


@pytest.mark.parametrize(("field", "value"), [("title", " "), ("title", "x" * 121), ("alt_text", "")])
def test_words_that_are_missing_or_too_long_are_refused_by_field(field: str, value: str) -> None:
    refused = refuses(catalogue.ListingRefused, factories.maker(), **{field: value})
    assert list(refused.extra["errors"]) == [field]


@pytest.mark.parametrize(("field", "value"), [("title", "After Banksy"), ("title_zh", "米老鼠之夜")])
def test_a_title_does_not_sell_under_a_listed_name(field: str, value: str) -> None:
    refused = refuses(catalogue.ListingRefused, factories.maker(), **{field: value})
    assert list(refused.extra["errors"]) == [field]
    assert "lists of names" in refused.extra["errors"][field][0]


def test_an_address_comes_from_the_title_and_is_given_once() -> None:
    maker = factories.maker()
    works = [listing(maker, title=title) for title in ("Été à Łódź", "Été à Łódź", "窑暮", "—")]
    tails = [work.pk.hex[-8:] for work in works]
    assert [work.slug for work in works] == [
        "ete-a-odz",
        f"ete-a-odz-{tails[1]}",
        f"work-{tails[2]}",
        f"work-{tails[3]}",
    ]


def test_the_longest_title_still_has_an_address() -> None:
    maker = factories.maker()
    first, second = listing(maker, title="a" * 120), listing(maker, title="a" * 120)
    assert first.slug == "a" * 70
    assert second.slug == f"{'a' * 70}-{second.pk.hex[-8:]}"


def test_a_work_is_taken_down_and_hung_again() -> None:
    maker = factories.maker()
    work = listing(maker)
    catalogue.unlist(artwork=work, actor=maker.user, reason="A rest.")
    with pytest.raises(Gone):
        catalogue.find(work.slug)
    with pytest.raises(InvalidTransition):
        catalogue.unlist(artwork=work, actor=maker.user)
    catalogue.relist(artwork=work, actor=maker.user)
    assert catalogue.find(work.slug) == work
    assert [line.after for line in audit.history(work)] == ["listed", "withdrawn", "listed"]


def test_a_work_is_not_hung_again_without_approval() -> None:
    work = listing(factories.maker())
    Review.objects.filter(piece=work.piece).update(state=Review.State.WITHDRAWN)
    work.refresh_from_db()
    with pytest.raises(catalogue.NotApproved):
        catalogue.relist(artwork=work, actor=work.maker.user)
    work.refresh_from_db()
    assert work.state == "under_review"


def test_nobody_else_takes_a_work_down() -> None:
    work = listing(factories.maker())
    with pytest.raises(catalogue.NotYourPiece):
        catalogue.unlist(artwork=work, actor=factories.user())
    work.refresh_from_db()
    assert work.state == "listed"


@pytest.mark.parametrize("works", [1, 12])
def test_the_wall_costs_three_queries_however_many_works_hang(works: int, django_assert_num_queries: Any) -> None:
    for _ in range(works):
        work = factories.artwork(prices={"personal": 4_900, "commercial": 19_000})
        Preview.objects.create(piece=work.piece, width=320, height=240, name="p")
    with django_assert_num_queries(3):
        cards = [_card(work) for work in catalogue.wall()]
    assert cards[0] == ("Checkpoint", [("Personal", 4_900), ("Commercial", 19_000)], [320])
    assert len(cards) == works


def test_a_page_of_a_work_costs_three_queries(django_assert_num_queries: Any) -> None:
    work = factories.artwork(prices={"personal": 4_900, "commercial": 19_000})
    with django_assert_num_queries(3):
        found = catalogue.find(work.slug)
        _card(found)
    assert found == work


def _card(work: Artwork) -> tuple[str, list[tuple[str, int]], list[int]]:
    assert work.maker.name
    model = work.piece.checkpoint.title.split()[0]
    offers = [(offer.template.title, offer.price_minor) for offer in work.offers.all()]
    return model, offers, [preview.width for preview in work.piece.previews.all()]


def test_the_wall_shows_what_is_listed_newest_first() -> None:
    first, second, third = (factories.artwork() for _ in range(3))
    Artwork.objects.filter(pk=second.pk).update(state=Artwork.State.WITHDRAWN)
    assert list(catalogue.wall()) == [third, first]


def test_the_wall_is_narrowed_by_maker_licence_words_and_availability() -> None:
    by = factories.maker(name="Mei Tanaka")
    mine = factories.artwork(by, title="Kiln Dusk", prices={"commercial": 9_000})
    other = factories.artwork(title="Low Tide", edition_size=1)
    Artwork.objects.filter(pk=other.pk).update(held=1)
    assert list(catalogue.wall(maker=by.slug)) == [mine]
    assert list(catalogue.wall(licence="commercial")) == [mine]
    assert list(catalogue.wall(licence="personal")) == [other]
    assert list(catalogue.wall(words="tanaka KILN")) == [mine]
    assert list(catalogue.wall(words="tanaka tide")) == []
    assert list(catalogue.wall(available=True)) == [mine]


def test_an_address_where_nothing_ever_hung_is_not_found() -> None:
    with pytest.raises(NotFound):
        catalogue.find("nothing")
