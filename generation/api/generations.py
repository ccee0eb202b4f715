"""Asking for pieces and watching them being made. A job is seen by the person who asked for it, and nobody else."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, SeedField, View, actor, answer, asked, idempotent
from generation import inputs, jobs
from generation.api.pieces import PieceCard
from generation.api.wishes import PieceWish
from generation.models import Job, Slot

__all__ = ["Cancel", "Generations", "OneGeneration"]


class Progress(serializers.Serializer[Any]):
    """How many slots are in which state."""

    waiting = serializers.IntegerField()
    claimed = serializers.IntegerField()
    finished = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class JobCard(serializers.ModelSerializer[Job]):
    checkpoint = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    parameters = serializers.DictField(read_only=True)
    seed = SeedField(read_only=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = ["id", "checkpoint", "parameters", "seed", "count", "progress", "created_at", "cancelled_at"]

    @extend_schema_field(Progress)
    def get_progress(self, job: Any) -> dict[str, int]:
        return {state: getattr(job, state) for state in Slot.State.values}


class SlotSeen(serializers.ModelSerializer[Slot]):
    seed = SeedField(read_only=True)
    piece = PieceCard(read_only=True, allow_null=True, default=None)

    class Meta:
        model = Slot
        fields = [
            "index",
            "seed",
            "state",
            "attempts",
            "steps_done",
            "steps_total",
            "error_code",
            "error_detail",
            "finished_at",
            "piece",
        ]


class JobDetail(JobCard):
    prompt = serializers.CharField(read_only=True)
    inputs = serializers.SerializerMethodField(help_text="Role → input work.")
    ahead = serializers.SerializerMethodField(help_text="Slots that wait to be made first; null if none waits.")
    slots = SlotSeen(many=True, read_only=True)

    class Meta(JobCard.Meta):
        fields = [*JobCard.Meta.fields, "prompt", "inputs", "ahead", "slots"]

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "uuid"}})
    def get_inputs(self, job: Job) -> dict[str, UUID]:
        return {use.role: use.work_id for use in job.inputs.all()}

    @extend_schema_field({"type": ["integer", "null"]})
    def get_ahead(self, job: Any) -> int | None:
        return jobs.ahead(job) if job.waiting else None


class Generations(Listing[Job]):
    """My generations, the newest first; POST asks for pieces."""

    area = "generations"
    serializer_class = JobCard
    throttle_scope = "generations"

    def get_queryset(self) -> QuerySet[Job]:
        return _mine(self.request).select_related("checkpoint")

    @extend_schema(request=PieceWish, responses={202: JobDetail})
    @idempotent("generations")
    def post(self, request: Request) -> Response:
        """Ask for `count` pieces. The answer comes at once; follow `Location` to watch them being made."""
        wish, person = asked(PieceWish, request), actor(request)
        checkpoint = jobs.published(wish.pop("checkpoint"))
        works = inputs.mine(person, wish.pop("inputs"))
        job = jobs.request(requested_by=person, checkpoint=checkpoint, inputs=works, **wish)
        response = answer(JobDetail, _whole(request, job.pk), request, status=202)
        response["Location"] = reverse("api:generation", args=[job.pk])
        return response


class OneGeneration(View):
    """One of my generations: how far it is, its place in the queue, and each slot with its piece."""

    area = "generations"

    @extend_schema(responses=JobDetail)
    def get(self, request: Request, job_id: UUID) -> Response:
        return answer(JobDetail, _whole(request, job_id), request)


class Cancel(View):
    """Stop what is not made yet. Doing it again changes nothing."""

    area = "generations"

    @extend_schema(request=None, responses=JobDetail)
    def post(self, request: Request, job_id: UUID) -> Response:
        jobs.cancel(job=get_object_or_404(_mine(request), pk=job_id), by=actor(request))
        return answer(JobDetail, _whole(request, job_id), request)


def _mine(request: Request) -> QuerySet[Any]:
    states: dict[str, Any] = {state: Count("slots", filter=Q(slots__state=state)) for state in Slot.State.values}
    return Job.objects.filter(requested_by=actor(request)).annotate(**states)


def _whole(request: Request, job_id: UUID) -> Job:
    slots = Slot.objects.select_related("piece__checkpoint").order_by("index")
    job: Job = get_object_or_404(
        _mine(request).select_related("checkpoint").prefetch_related(Prefetch("slots", slots), "inputs"), pk=job_id
    )
    return job
