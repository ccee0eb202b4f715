"""Training data, for anyone: what each frozen version holds, under which licences, and the root that commits to it."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, answer
from generation.models import Dataset, DatasetVersion

__all__ = ["Datasets", "OneDataset"]


class Version(serializers.ModelSerializer[DatasetVersion]):
    licence_counts = serializers.DictField(child=serializers.IntegerField(), help_text="SPDX identifier → items.")

    class Meta:
        model = DatasetVersion
        fields = [
            "version",
            "merkle_root",
            "item_count",
            "licence_counts",
            "consent_basis",
            "opt_out_count",
            "frozen_at",
        ]


class DatasetCard(serializers.ModelSerializer[Dataset]):
    versions = Version(many=True, read_only=True, help_text="The newest first.")

    class Meta:
        model = Dataset
        fields = ["slug", "title", "description", "versions", "created_at"]


def _known() -> QuerySet[Dataset]:
    # Recipes can be large and are not shown here.
    versions: QuerySet[Any] = DatasetVersion.objects.defer("recipe").order_by("-version")
    return Dataset.objects.prefetch_related(Prefetch("versions", versions))


class Datasets(Listing[Dataset]):
    """Datasets with their frozen versions, the newest first."""

    permission_classes = [AllowAny]
    serializer_class = DatasetCard

    def get_queryset(self) -> QuerySet[Dataset]:
        return _known()


class OneDataset(View):
    """One dataset with its frozen versions."""

    permission_classes = [AllowAny]

    @extend_schema(responses=DatasetCard)
    def get(self, request: Request, slug: str) -> Response:
        return answer(DatasetCard, get_object_or_404(_known(), slug=slug), request)
