"""Who is signed in, and becoming a maker."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, actor, answer, asked
from common.models import User
from marketplace import profiles
from marketplace.models import Profile

__all__ = ["Maker", "Me"]


class MakerSeen(serializers.ModelSerializer[Profile]):
    class Meta:
        model = Profile
        fields = ["slug", "name", "name_zh", "about", "takes_commissions"]


class Person(serializers.ModelSerializer[User]):
    maker = serializers.SerializerMethodField(help_text="The maker's profile, where there is one.")
    reviews = serializers.SerializerMethodField(help_text="Whether this person decides on rights reviews.")

    class Meta:
        model = User
        fields = ["id", "email", "language", "date_joined", "maker", "reviews"]

    @extend_schema_field(MakerSeen(allow_null=True))
    def get_maker(self, person: User) -> dict[str, Any] | None:
        profile = Profile.objects.filter(user=person).first()
        return dict(MakerSeen(profile).data) if profile else None

    def get_reviews(self, person: User) -> bool:
        return person.is_staff and person.has_perm("licensing.change_review")


class Me(View):
    """The person who is signed in."""

    area = "account"

    @extend_schema(responses=Person)
    def get(self, request: Request) -> Response:
        return answer(Person, actor(request), request)


class Wanted(serializers.Serializer[Any]):
    """How a maker is to be called."""

    name = serializers.CharField(max_length=100)
    name_zh = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    about = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    takes_commissions = serializers.BooleanField(required=False, default=False)


class Maker(View):
    """Become a maker: then pieces of yours can be listed, and commissions come to you if you take them."""

    area = "account"

    @extend_schema(request=Wanted, responses={201: MakerSeen})
    def post(self, request: Request) -> Response:
        profile = profiles.open_profile(user=actor(request), **asked(Wanted, request))
        return answer(MakerSeen, profile, request, status=201)
