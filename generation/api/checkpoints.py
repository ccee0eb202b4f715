"""The registry of models, for anyone: what each makes, on which terms and how well."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, answer
from generation.models import Checkpoint

__all__ = ["Checkpoints", "OneCheckpoint"]


class Families(serializers.ListField):
    child = serializers.CharField()

    def get_attribute(self, instance: Checkpoint) -> list[str]:
        return list(instance.architecture.get("families", []))


class CheckpointCard(serializers.ModelSerializer[Checkpoint]):
    families = Families(read_only=True, help_text="What it can be asked for as `family`; the first is the default.")

    class Meta:
        model = Checkpoint
        fields = [
            "slug",
            "version",
            "title",
            "engine",
            "kind",
            "state",
            "licence_spdx",
            "commercial_output",
            "families",
        ]


class Training(serializers.Serializer[Any]):
    """The run that made the weights: enough to do it again."""

    name = serializers.CharField()
    trainer = serializers.CharField()
    code_commit = serializers.CharField()
    config = serializers.DictField()
    metrics = serializers.DictField(help_text="Measured figures.")
    datasets = serializers.SerializerMethodField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_datasets(self, run: Any) -> list[str]:
        return [f"{version.dataset.slug}@{version.version}" for version in run.dataset_versions.all()]


class CheckpointDetail(CheckpointCard):
    card = serializers.DictField(read_only=True, help_text="The model card, as its maker wrote and measured it.")
    training = Training(source="training_run", read_only=True, allow_null=True)

    class Meta(CheckpointCard.Meta):
        fields = [*CheckpointCard.Meta.fields, "weights_sha256", "card", "training", "created_at"]


class Checkpoints(Listing[Checkpoint]):
    """Published checkpoints, the newest first."""

    permission_classes = [AllowAny]
    serializer_class = CheckpointCard

    def get_queryset(self) -> QuerySet[Checkpoint]:
        return Checkpoint.objects.filter(state=Checkpoint.State.PUBLISHED)


class OneCheckpoint(View):
    """One checkpoint with its card. A retired one stays readable: pieces were made with it."""

    permission_classes = [AllowAny]

    @extend_schema(responses=CheckpointDetail)
    def get(self, request: Request, slug: str) -> Response:
        known = Checkpoint.objects.select_related("training_run")
        known = known.prefetch_related("training_run__dataset_versions__dataset")
        return answer(CheckpointDetail, get_object_or_404(known, slug=slug), request)
