"""What several resources of the marketplace show or ask for in the same way."""

from typing import Any, TypedDict

from django.conf import settings
from django.core.files.storage import storages
from rest_framework import serializers
from rest_framework.request import Request

from common.api import actor
from common.errors import NotFound, Unprocessable
from common.models import User
from licensing.models import LicenceTemplate
from marketplace import delivery
from marketplace.models import Order, Preview, Profile

__all__ = ["Licence", "MakerCard", "Picture", "PictureSeen", "holder", "in_house_currency", "picture", "template"]


class CurrencyNotTaken(Unprocessable):
    code = "currency_not_taken"
    title = "Prices are in the house's currency."


class UnknownLicence(NotFound):
    code = "unknown_licence"
    title = "There is no licence of this name."


class Picture(TypedDict):
    """What `PictureSeen` describes, for lists: a serializer of its own per card costs more than the card."""

    url: str
    width: int
    height: int
    media_type: str


def picture(preview: Preview, request: Request) -> Picture:
    """A preview as it is answered."""
    return {
        "url": request.build_absolute_uri(storages["previews"].url(preview.name)),
        "width": preview.width,
        "height": preview.height,
        "media_type": preview.media_type,
    }


class PictureSeen(serializers.ModelSerializer[Preview]):
    """A small public picture that carries a visible mark."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Preview
        fields = ["url", "width", "height", "media_type"]

    def get_url(self, preview: Preview) -> str:
        return picture(preview, self.context["request"])["url"]


class MakerCard(serializers.ModelSerializer[Profile]):
    class Meta:
        model = Profile
        fields = ["slug", "name", "name_zh"]


class Licence(serializers.ModelSerializer[LicenceTemplate]):
    terms = serializers.DictField(read_only=True, help_text="Right → granted or not.")

    class Meta:
        model = LicenceTemplate
        fields = ["slug", "version", "title", "title_zh", "summary", "summary_zh", "terms", "exclusive"]


def holder(request: Request) -> User | Order:
    """Who asks: the guest whose key is in `?token=`, or the person who is signed in; 401 for anybody else."""
    if token := request.query_params.get("token"):
        return delivery.guest_order(token)
    return actor(request)


def in_house_currency(money: dict[str, Any]) -> int:
    """The minor units of an asked price; CurrencyNotTaken for any other currency than the house's."""
    if money["currency"] != settings.CURRENCY:
        raise CurrencyNotTaken(f"Give the price in {settings.CURRENCY}.")
    return int(money["amount_minor"])


def template(slug: str) -> LicenceTemplate:
    """The newest version of a licence, or UnknownLicence."""
    found = LicenceTemplate.objects.filter(slug=slug).order_by("-version").first()
    if found is None:
        known = LicenceTemplate.objects.order_by("slug").values_list("slug", flat=True).distinct()
        raise UnknownLicence(f"There is no such licence; there are {', '.join(known)}.")
    return found
