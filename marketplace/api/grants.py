"""What somebody owns: licences, and short-lived links to their files. Guests come with `?token=`."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, asked
from licensing.models import Grant
from marketplace import delivery
from marketplace.api.orders import TOKEN
from marketplace.api.parts import holder
from marketplace.delivery.links import MINUTES
from marketplace.sending import send

__all__ = ["Downloads", "File", "Grants"]

FILES = ("bundle", "picture", "certificate")


class GrantCard(serializers.ModelSerializer[Grant]):
    piece = serializers.UUIDField(source="piece_id", read_only=True)
    licence = serializers.CharField(source="template.slug", read_only=True)
    licence_version = serializers.IntegerField(source="template.version", read_only=True)
    files = serializers.SerializerMethodField(help_text="What `downloads` gives a link to; empty while they are made.")

    class Meta:
        model = Grant
        fields = [
            "id",
            "piece",
            "work_title",
            "licence",
            "licence_version",
            "exclusive",
            "edition_number",
            "edition_size",
            "state",
            "granted_at",
            "expires_at",
            "revoked_at",
            "revoked_because",
            "files",
        ]

    def get_files(self, grant: Grant) -> list[str]:
        return list(FILES) if delivery.current(grant) else []


class Wish(serializers.Serializer[Any]):
    grant = serializers.UUIDField()
    what = serializers.ChoiceField(FILES)


class Link(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Opens the file without signing in. Send it to nobody.")
    expires_at = serializers.DateTimeField()


class Grants(Listing[Grant]):
    """My licences, the newest first, revoked ones among them."""

    area = "library"
    permission_classes = [AllowAny]
    serializer_class = GrantCard
    ordering = ("-granted_at", "-id")

    def get_queryset(self) -> QuerySet[Grant]:
        return delivery.library(holder(self.request))

    @extend_schema(parameters=[TOKEN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Downloads(View):
    """Take a link to one file of one of my licences."""

    area = "library"
    only_reads = True
    permission_classes = [AllowAny]
    throttle_scope = "downloads"

    @extend_schema(request=Wish, responses={201: Link}, parameters=[TOKEN])
    def post(self, request: Request) -> Response:
        wish = asked(Wish, request)
        who = holder(request)
        grant = get_object_or_404(delivery.library(who), pk=wish["grant"])
        token = delivery.link(grant=grant, what=wish["what"], by=who)
        url = request.build_absolute_uri(reverse("api:download", args=[token]))
        expires_at = timezone.now() + timedelta(minutes=MINUTES)
        return Response(Link({"url": url, "expires_at": expires_at}).data, status=201)


class File(View):
    """The file behind a link: no sign-in, for as long as the link is good and the licence stands. `Range` resumes."""

    area = "library"
    permission_classes = [AllowAny]
    throttle_scope = "downloads"
    throttle_reads = True

    @extend_schema(
        responses={(status, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY) for status in (200, 206)}
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        return send(request, token)
