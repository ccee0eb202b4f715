"""Training runs, for anyone: what every checkpoint trained here goes back to, with everything to do it again."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, SeedField, View, answer
from generation.models import TrainingRun

__all__ = ["OneTrainingRun", "TrainingRuns"]


class RunCard(serializers.ModelSerializer[TrainingRun]):
    seed = SeedField(read_only=True)
    datasets = serializers.SerializerMethodField(help_text="Frozen versions, as slug@version.")
    parent = serializers.SlugRelatedField[Any](  # type: ignore[assignment]
        slug_field="name", read_only=True, allow_null=True
    )

    class Meta:
        model = TrainingRun
        fields = ["name", "trainer", "seed", "code_commit", "datasets", "parent", "started_at", "finished_at"]

    def get_datasets(self, run: Any) -> list[str]:
        return [f"{version.dataset.slug}@{version.version}" for version in run.dataset_versions.all()]


class RunDetail(RunCard):
    config = serializers.DictField(read_only=True)
    environment = serializers.DictField(read_only=True)
    metrics = serializers.DictField(read_only=True, help_text="Measured figures.")
    checkpoints = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)

    class Meta(RunCard.Meta):
        fields = [*RunCard.Meta.fields, "config", "environment", "metrics", "checkpoints"]


def _runs() -> QuerySet[TrainingRun]:
    return TrainingRun.objects.select_related("parent").prefetch_related("dataset_versions__dataset")


class TrainingRuns(Listing[TrainingRun]):
    """Training runs, the newest first: what every checkpoint trained here goes back to."""

    area = "models"
    permission_classes = [AllowAny]
    serializer_class = RunCard

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return _runs().defer("config", "environment", "metrics")


class OneTrainingRun(View):
    """One training run with everything needed to do it again."""

    area = "models"
    permission_classes = [AllowAny]

    @extend_schema(responses=RunDetail)
    def get(self, request: Request, name: str) -> Response:
        return answer(RunDetail, get_object_or_404(_runs().prefetch_related("checkpoints"), name=name), request)
