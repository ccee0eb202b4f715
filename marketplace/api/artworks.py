"""The catalogue: works on the wall, one work, and its papers. Listing a piece is for its maker."""

from typing import Any

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, Money, MoneyField, View, actor, answer, asked
from common.errors import PermissionRefused
from generation.models import Piece
from marketplace import catalogue, search
from marketplace.api.parts import Licence, MakerCard, Picture, PictureSeen, in_house_currency, picture, template
from marketplace.models import Artwork, Offer, Profile

__all__ = ["Artworks", "Facets", "OneArtwork"]

CARD_WIDTH = 480
MAX_STORY = 10_000


class NotAMaker(PermissionRefused):
    code = "not_a_maker"
    title = "You have no maker's profile yet. POST /api/v1/me/maker opens one."


class Wanted(serializers.Serializer[Any]):
    """How the wall is narrowed."""

    licence = serializers.SlugField(required=False, help_text="Only works that offer this licence.")
    maker = serializers.SlugField(required=False)
    availability = serializers.ChoiceField(["now", "unique", "sold"], required=False)
    q = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Words in title, story, description or maker's name: whole, begun, parts of them, or nearly.",
    )
    kind = serializers.SlugField(required=False, help_text="picture, text, sculpture or motion.")
    colour = serializers.SlugField(required=False, help_text="The hue that most of it has, or grey.")
    shape = serializers.ChoiceField(["wide", "tall", "square"], required=False)
    price = serializers.ChoiceField(["under-50", "50-200", "200-1000", "over-1000"], required=False)
    model = serializers.SlugField(required=False, help_text="The checkpoint that made it.")


class EditionCount(serializers.Serializer[Any]):
    size = serializers.IntegerField(source="edition_size")
    sold = serializers.IntegerField()
    left = serializers.IntegerField(help_text="What can still be bought now.")


class ArtworkCard(serializers.ModelSerializer[Artwork]):
    maker = MakerCard(read_only=True)
    edition = EditionCount(source="*", read_only=True)
    price = serializers.SerializerMethodField(help_text="The lowest of its offers.")
    licences = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()

    class Meta:
        model = Artwork
        fields = ["slug", "title", "title_zh", "maker", "edition", "price", "licences", "preview", "listed_at"]

    @extend_schema_field(Money(allow_null=True))
    def get_price(self, work: Artwork) -> dict[str, Any] | None:
        offers = sorted(work.offers.all(), key=lambda offer: offer.price_minor)
        return {"amount_minor": offers[0].price_minor, "currency": offers[0].currency} if offers else None

    def get_licences(self, work: Artwork) -> list[str]:
        return [offer.template.slug for offer in work.offers.all()]

    @extend_schema_field(PictureSeen(allow_null=True))
    def get_preview(self, work: Artwork) -> Picture | None:
        previews = sorted(work.piece.previews.all(), key=lambda one: one.width)
        fitting = next((one for one in previews if one.width >= CARD_WIDTH), previews[-1] if previews else None)
        return picture(fitting, self.context["request"]) if fitting else None


class OfferSeen(serializers.ModelSerializer[Offer]):
    licence = Licence(source="template", read_only=True)
    price = MoneyField("price")

    class Meta:
        model = Offer
        fields = ["id", "licence", "price"]


class ArtworkDetail(ArtworkCard):
    piece = serializers.UUIDField(source="piece_id", read_only=True)
    checkpoint = serializers.CharField(source="piece.checkpoint.slug", read_only=True)
    width = serializers.IntegerField(source="piece.width", read_only=True, allow_null=True)
    height = serializers.IntegerField(source="piece.height", read_only=True, allow_null=True)
    offers = OfferSeen(many=True, read_only=True)
    previews = PictureSeen(source="piece.previews", many=True, read_only=True)
    ai_generated = serializers.BooleanField(default=True, read_only=True)

    class Meta(ArtworkCard.Meta):
        fields = [
            *ArtworkCard.Meta.fields,
            "story",
            "story_zh",
            "alt_text",
            "alt_text_zh",
            "ai_generated",
            "piece",
            "checkpoint",
            "width",
            "height",
            "offers",
            "previews",
        ]


class OfferAsked(serializers.Serializer[Any]):
    licence = serializers.SlugField()
    price = Money()


class Hanging(serializers.Serializer[Any]):
    """A piece of mine, as it is to hang on the wall."""

    piece = serializers.UUIDField()
    title = serializers.CharField(max_length=120)
    title_zh = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    story = serializers.CharField(max_length=MAX_STORY, required=False, default="", allow_blank=True)
    story_zh = serializers.CharField(max_length=MAX_STORY, required=False, default="", allow_blank=True)
    alt_text = serializers.CharField(max_length=300)
    alt_text_zh = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    edition_size = serializers.IntegerField(min_value=1, max_value=catalogue.LARGEST_EDITION)
    offers = serializers.ListField(child=OfferAsked(), min_length=1, max_length=10)


class ReadOrSignedIn(AllowAny):
    """Reading is for anyone, anything else for people."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or IsAuthenticated().has_permission(request, view)


class FacetValue(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class FacetCounts(serializers.Serializer[Any]):
    """Values by heading, the most frequent first, over the newest works that match."""

    kind = FacetValue(many=True)
    colour = FacetValue(many=True)
    shape = FacetValue(many=True)
    price = FacetValue(many=True)
    model = FacetValue(many=True)
    looked_at = serializers.IntegerField(help_text="Of so many works at most, the newest.")


class Facets(View):
    """How many of the works that match have which kind, colour, shape, price and model."""

    area = "catalogue"
    permission_classes = [AllowAny]

    @extend_schema(parameters=[Wanted], responses=FacetCounts)
    def get(self, request: Request) -> Response:
        found = search.counted(_wanted(request))
        told: dict[str, Any] = {
            heading: [{"value": value, "count": count} for value, count in values.most_common()]
            for heading, values in found.items()
        }
        return Response(told | {"looked_at": search.LOOKED_AT})


def _wanted(request: Request) -> QuerySet[Artwork]:
    form = Wanted(data=request.query_params)
    form.is_valid(raise_exception=True)
    wanted = form.validated_data
    availability = wanted.get("availability")
    works = catalogue.wall(
        maker=wanted.get("maker", ""),
        licence=wanted.get("licence", ""),
        words=wanted.get("q", ""),
        available=availability == "now",
        asked={heading: [wanted[heading]] for heading in search.HEADINGS if heading in wanted},
    )
    if availability == "unique":
        return works.filter(edition_size=1)
    return works.filter(sold=F("edition_size")) if availability == "sold" else works


class Artworks(Listing[Artwork]):
    """What hangs on the wall, the newest first; POST lists a piece."""

    area = "catalogue"
    permission_classes = [ReadOrSignedIn]
    serializer_class = ArtworkCard
    ordering = ("-listed_at", "-id")
    throttle_scope = "listing"

    def get_queryset(self) -> QuerySet[Artwork]:
        return _wanted(self.request)

    @extend_schema(parameters=[Wanted])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(request=Hanging, responses={201: ArtworkDetail})
    def post(self, request: Request) -> Response:
        """List a piece of mine whose rights review is approved."""
        wish = asked(Hanging, request)
        person = actor(request)
        piece = get_object_or_404(Piece, pk=wish.pop("piece"), slot__job__requested_by=person)
        maker = Profile.objects.filter(user=person).first()
        if maker is None:
            raise NotAMaker()
        offers = [
            catalogue.OfferTerms(template(offer["licence"]), in_house_currency(offer["price"]))
            for offer in wish.pop("offers")
        ]
        work = catalogue.list_artwork(piece=piece, maker=maker, offers=offers, actor=person, **wish)
        response = answer(ArtworkDetail, catalogue.find(work.slug), request, status=201)
        response["Location"] = reverse("api:artwork", args=[work.slug])
        return response


class OneArtwork(View):
    """One work on the wall; 410 once it was taken down."""

    area = "catalogue"
    permission_classes = [AllowAny]

    @extend_schema(responses=ArtworkDetail)
    def get(self, request: Request, slug: str) -> Response:
        return answer(ArtworkDetail, catalogue.find(slug), request)
