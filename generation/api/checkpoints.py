"""The registry of models, for anyone: what each makes, on which terms and how well."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, answer
from generation import advisor
from generation.models import Checkpoint
from generation.scenarios import SCENARIOS

__all__ = ["Checkpoints", "OneCheckpoint", "Recommend"]


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


class Wish(serializers.Serializer[Any]):
    """What somebody wants a checkpoint for."""

    scenario = serializers.ChoiceField(choices=[(name, one.title) for name, one in SCENARIOS.items()])
    quality_weight = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="0: only cost counts. 1: only quality does."
    )
    max_cost = serializers.DecimalField(
        required=False, max_digits=12, decimal_places=6, min_value=0, help_text="What a piece may cost to make at most."
    )
    side = serializers.IntegerField(required=False, min_value=16, max_value=16384, help_text="Longer side in pixels.")
    commercial = serializers.BooleanField(required=False, default=True, help_text="Whether pieces are to be sold.")
    device = serializers.RegexField(r"^(cpu|cuda:[0-9]{1,3})$", required=False, help_text="By default the house's own.")


class ReasonSaid(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable.")
    words = serializers.CharField(help_text="A sentence with the measured figures.")


class AdviceGiven(serializers.Serializer[Any]):
    """One checkpoint. Figures are null where nothing was measured."""

    checkpoint = serializers.CharField(source="checkpoint.slug")
    title = serializers.CharField(source="checkpoint.title")
    fits = serializers.BooleanField(help_text="False where a reason speaks against it altogether.")
    rank_score = serializers.DecimalField(max_digits=8, decimal_places=4, allow_null=True)
    quality = serializers.DecimalField(
        max_digits=6, decimal_places=4, allow_null=True, help_text="0 to 1; a heuristic."
    )
    seconds = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True, rounding="ROUND_HALF_UP")
    cost = serializers.DecimalField(max_digits=14, decimal_places=6, allow_null=True)
    reasons = ReasonSaid(many=True)


class Recommendation(serializers.Serializer[Any]):
    scenario = serializers.CharField()
    currency = serializers.CharField(help_text="Of every cost in this answer.")
    results = AdviceGiven(many=True, help_text="The best first; what fits stands before what does not.")


class Checkpoints(Listing[Checkpoint]):
    """Published checkpoints, the newest first."""

    area = "models"
    permission_classes = [AllowAny]
    serializer_class = CheckpointCard

    def get_queryset(self) -> QuerySet[Checkpoint]:
        return Checkpoint.objects.filter(state=Checkpoint.State.PUBLISHED)


class OneCheckpoint(View):
    """One checkpoint with its card. A retired one stays readable: pieces were made with it."""

    area = "models"
    permission_classes = [AllowAny]

    @extend_schema(responses=CheckpointDetail)
    def get(self, request: Request, slug: str) -> Response:
        known = Checkpoint.objects.select_related("training_run")
        known = known.prefetch_related("training_run__dataset_versions__dataset")
        return answer(CheckpointDetail, get_object_or_404(known, slug=slug), request)


class Recommend(View):
    """Which checkpoint for which scenario, by what was measured here."""

    area = "models"
    permission_classes = [AllowAny]
    throttle_scope = "verify"

    @extend_schema(parameters=[Wish], responses=Recommendation)
    def get(self, request: Request) -> Response:
        """Ranked by measured quality and cost; every answer gives its reasons, and says what was not measured."""
        # As a plain dict: in a form, a switch that is left out would count as off.
        wish = Wish(data=request.query_params.dict())
        wish.is_valid(raise_exception=True)
        found = advisor.recommend(**wish.validated_data)
        body = {"scenario": wish.validated_data["scenario"], "currency": settings.CURRENCY, "results": found}
        return answer(Recommendation, body, request)
