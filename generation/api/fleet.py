"""The fleet, for staff: which workers live and what waits in which queue; what a number of workers is chosen by."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View
from generation import jobs
from generation.api.operators import Operator
from generation.models import Worker

__all__ = ["Queues", "Workers"]


class WorkerSeen(serializers.ModelSerializer[Worker]):
    class Meta:
        model = Worker
        fields = ["name", "queues", "device", "state", "pieces", "started_at", "beat_at"]


class QueueSeen(serializers.Serializer[Any]):
    queue = serializers.CharField()
    waiting = serializers.IntegerField(help_text="Slots that nobody has claimed.")
    oldest_wait_seconds = serializers.FloatField(help_text="What to scale the number of workers by.")
    running = serializers.IntegerField(help_text="Slots that are being made.")


class QueuesSeen(serializers.Serializer[Any]):
    queues = QueueSeen(many=True)


class Workers(Listing[Worker]):
    """The generation workers, by their last sign of life, the newest first."""

    area = "operations"
    permission_classes = [IsAuthenticated, Operator]
    operators_may = "generation.view_worker"
    serializer_class = WorkerSeen
    ordering = ("-beat_at", "name")

    def get_queryset(self) -> QuerySet[Worker]:
        return Worker.objects.all()


class Queues(View):
    """What waits in each queue, for how long, and what is being made."""

    area = "operations"
    permission_classes = [IsAuthenticated, Operator]
    operators_may = "generation.view_worker"

    @extend_schema(responses=QueuesSeen)
    def get(self, request: Request) -> Response:
        return Response({"queues": QueueSeen(jobs.waiting(), many=True).data})
