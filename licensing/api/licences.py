"""The licences that are offered, and what licences and grants say to machines. Open to all: it names nobody."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, answer
from licensing.licences import odrl, vocabulary
from licensing.models import Grant, LicenceTemplate
from licensing.provenance import canonical

__all__ = ["GrantPolicy", "LicencePolicy", "Licences", "OneLicence", "Vocabulary"]

JSON_LD = "application/ld+json"
_POLICY = extend_schema(responses={(200, JSON_LD): OpenApiTypes.OBJECT})


class LicenceVersion(serializers.ModelSerializer[LicenceTemplate]):
    rights = serializers.DictField(
        source="terms", child=serializers.BooleanField(), read_only=True, help_text="Right → granted or not."
    )

    class Meta:
        model = LicenceTemplate
        fields = [
            "slug",
            "version",
            "title",
            "title_zh",
            "summary",
            "summary_zh",
            "rights",
            "exclusive",
            "goods_limit",
            "lasts_days",
        ]


class LicenceText(LicenceVersion):
    class Meta(LicenceVersion.Meta):
        fields = [*LicenceVersion.Meta.fields, "text", "text_zh"]


class Licences(Listing[LicenceTemplate]):
    """Every version of every licence, also those that are offered no more."""

    area = "catalogue"
    permission_classes = [AllowAny]
    serializer_class = LicenceVersion
    ordering = ("slug", "version")

    def get_queryset(self) -> QuerySet[LicenceTemplate]:
        return LicenceTemplate.objects.all()


class _Public(View):
    area = "catalogue"
    permission_classes = [AllowAny]
    throttle_scope = "log"
    throttle_reads = True


class OneLicence(_Public):
    """One version of a licence with its text, which never changes."""

    @extend_schema(responses=LicenceText)
    def get(self, request: Request, slug: str, version: int) -> Response:
        return answer(LicenceText, get_object_or_404(LicenceTemplate, slug=slug, version=version), request)


class LicencePolicy(_Public):
    """The same for machines: an ODRL 2.2 set, as JSON-LD. Where it and the text differ, the text counts."""

    @_POLICY
    def get(self, request: Request, slug: str, version: int) -> HttpResponse:
        return _json_ld(odrl.offered(get_object_or_404(LicenceTemplate, slug=slug, version=version)))


class GrantPolicy(_Public):
    """What a grant allows, for machines: an ODRL 2.2 agreement, as it was frozen. It does not say whether it stands."""

    @_POLICY
    def get(self, request: Request, grant_id: UUID) -> HttpResponse:
        return _json_ld(odrl.agreement(get_object_or_404(Grant.objects.select_related("template"), pk=grant_id)))


class Vocabulary(_Public):
    """Our own words in those policies, each with its meaning."""

    @_POLICY
    def get(self, request: Request) -> HttpResponse:
        return _json_ld(vocabulary.document())


def _json_ld(document: dict[str, Any]) -> HttpResponse:
    """The canonical bytes, so that the SHA-256 of the answer is the one that is kept and signed."""
    return HttpResponse(canonical.encode(document), content_type=JSON_LD)
