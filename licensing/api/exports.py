"""A checkpoint in the forms that other people's tools read."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View
from generation.models import Checkpoint
from licensing.exports import article_53
from licensing.exports.ml_bom import ml_bom

__all__ = ["MlBom", "TrainingSummary"]


class _Public(View):
    area = "models"
    permission_classes = [AllowAny]
    throttle_scope = "log"
    throttle_reads = True


class MlBom(_Public):
    """The checkpoint as a bill of materials: CycloneDX 1.7, with its model card and the data behind it."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        bom: dict[str, Any] = ml_bom(get_object_or_404(Checkpoint, slug=slug))
        return Response(bom)


class TrainingSummary(_Public):
    """The public summary of training content after Article 53(1)(d) of the EU's AI Act, as Markdown."""

    @extend_schema(responses={(200, "text/markdown"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> HttpResponse:
        said = article_53.summary(get_object_or_404(Checkpoint, slug=slug), provider=settings.AIGC_PRODUCER)
        return HttpResponse(article_53.as_markdown(said), content_type="text/markdown; charset=utf-8")
