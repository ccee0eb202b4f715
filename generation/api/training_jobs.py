"""Trainings that operators ask for: a worker of the queue `training` carries them out."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, actor, answer, asked, idempotent
from generation import training_jobs
from generation.api.operators import Operator
from generation.models import TrainingJob

__all__ = ["CancelTrainingJob", "OneTrainingJob", "TrainingJobs"]

_MAX_CONFIG = 64 * 1024


class TrainingAsked(serializers.Serializer[Any]):
    slug = serializers.SlugField(max_length=50, help_text="How the checkpoint will be called.")
    config_toml = serializers.CharField(
        max_length=_MAX_CONFIG, trim_whitespace=False, help_text="The configuration that `manage.py train` takes."
    )


class TrainingJobCard(serializers.ModelSerializer[TrainingJob]):
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    run = serializers.SlugRelatedField[Any](slug_field="name", read_only=True, allow_null=True)
    progress = serializers.DictField(read_only=True, help_text="The newest line of metrics.")

    class Meta:
        model = TrainingJob
        fields = [
            "id",
            "slug",
            "requested_by",
            "state",
            "attempts",
            "progress",
            "error_detail",
            "run",
            "created_at",
            "finished_at",
        ]


class TrainingJobDetail(TrainingJobCard):
    class Meta(TrainingJobCard.Meta):
        fields = [*TrainingJobCard.Meta.fields, "config_toml", "owner", "lease_expires_at"]


def _jobs() -> QuerySet[TrainingJob]:
    return TrainingJob.objects.select_related("requested_by", "run")


class TrainingJobs(Listing[TrainingJob]):
    """Trainings that were asked for, the newest first; POST asks for one. For operators."""

    area = "operations"
    permission_classes = [IsAuthenticated, Operator]
    operators_may = "generation.add_trainingjob"
    serializer_class = TrainingJobCard
    throttle_scope = "training"

    def get_queryset(self) -> QuerySet[TrainingJob]:
        return _jobs().defer("config_toml")

    @extend_schema(request=TrainingAsked, responses={202: TrainingJobDetail})
    @idempotent("training-jobs")
    def post(self, request: Request) -> Response:
        """Ask for a training. A worker of the queue `training` carries it out; follow `Location`."""
        job = training_jobs.request(by=actor(request), **asked(TrainingAsked, request))
        response = answer(TrainingJobDetail, _jobs().get(pk=job.pk), request, status=202)
        response["Location"] = reverse("api:training-job", args=[job.pk])
        return response


class OneTrainingJob(View):
    """One training that was asked for: how far it is, or why it failed."""

    area = "operations"
    permission_classes = [IsAuthenticated, Operator]
    operators_may = "generation.add_trainingjob"

    @extend_schema(responses=TrainingJobDetail)
    def get(self, request: Request, job_id: UUID) -> Response:
        return answer(TrainingJobDetail, get_object_or_404(_jobs(), pk=job_id), request)


class CancelTrainingJob(View):
    """Stop a training that is not finished; what it has learned so far is not registered."""

    area = "operations"
    permission_classes = [IsAuthenticated, Operator]
    operators_may = "generation.add_trainingjob"

    @extend_schema(request=None, responses=TrainingJobDetail)
    def post(self, request: Request, job_id: UUID) -> Response:
        training_jobs.cancel(job=get_object_or_404(TrainingJob, pk=job_id), by=actor(request))
        return answer(TrainingJobDetail, _jobs().get(pk=job_id), request)
