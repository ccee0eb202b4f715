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
from generation.models import Dataset, DatasetItem, DatasetVersion

__all__ = ["DatasetItems", "Datasets", "OneDataset"]


class CleaningStep(serializers.DictField):
    """One step, with what it counted."""


class Version(serializers.ModelSerializer[DatasetVersion]):
    licence_counts = serializers.DictField(child=serializers.IntegerField(), help_text="SPDX identifier → items.")
    cleaning = serializers.ListField(
        child=CleaningStep(), help_text="What was done to the items before freezing, in order."
    )

    class Meta:
        model = DatasetVersion
        fields = [
            "version",
            "merkle_root",
            "item_count",
            "kind",
            "licence_counts",
            "consent_basis",
            "opt_out_count",
            "cleaning",
            "frozen_at",
        ]


class DatasetCard(serializers.ModelSerializer[Dataset]):
    versions = Version(many=True, read_only=True, help_text="The newest first.")

    class Meta:
        model = Dataset
        fields = ["slug", "title", "description", "versions", "created_at"]


class ItemSeen(serializers.ModelSerializer[DatasetItem]):
    opt_out = serializers.DictField(
        read_only=True, help_text="Opt-out signals seen when freezing: signal → what it said."
    )

    class Meta:
        model = DatasetItem
        fields = [
            "index",
            "sha256",
            "title",
            "licence_spdx",
            "rights_holder",
            "consent_basis",
            "source",
            "opt_out",
            "fingerprint",
        ]


class WantedItems(serializers.Serializer[Any]):
    licence = serializers.CharField(required=False, max_length=60, help_text="Only items under this SPDX licence.")
    opted_out = serializers.BooleanField(required=False, default=False, help_text="Only items with an opt-out signal.")
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False, help_text="Only items with this digest.")


def _known() -> QuerySet[Dataset]:
    # Recipes can be large and are not shown here.
    versions: QuerySet[Any] = DatasetVersion.objects.defer("recipe").order_by("-version")
    return Dataset.objects.prefetch_related(Prefetch("versions", versions))


class Datasets(Listing[Dataset]):
    """Datasets with their frozen versions, the newest first."""

    area = "models"
    permission_classes = [AllowAny]
    serializer_class = DatasetCard

    def get_queryset(self) -> QuerySet[Dataset]:
        return _known()


class OneDataset(View):
    """One dataset with its frozen versions."""

    area = "models"
    permission_classes = [AllowAny]

    @extend_schema(responses=DatasetCard)
    def get(self, request: Request, slug: str) -> Response:
        return answer(DatasetCard, get_object_or_404(_known(), slug=slug), request)


class DatasetItems(Listing[DatasetItem]):
    """The items of a frozen version in their order: each with licence, rights holder, source, consent and opt-outs."""

    area = "models"
    permission_classes = [AllowAny]
    serializer_class = ItemSeen
    ordering = "index"

    def get_queryset(self) -> QuerySet[DatasetItem]:
        form = WantedItems(data=self.request.query_params)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        version = get_object_or_404(DatasetVersion, dataset__slug=self.kwargs["slug"], version=self.kwargs["version"])
        items = DatasetItem.objects.filter(dataset_version=version).defer("recipe")
        if licence := wanted.get("licence"):
            items = items.filter(licence_spdx=licence)
        if digest := wanted.get("sha256"):
            items = items.filter(sha256=digest)
        return items.exclude(opt_out={}) if wanted["opted_out"] else items

    @extend_schema(parameters=[WantedItems])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
