"""What a person may still ask for today."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, actor, answer
from generation import quotas

__all__ = ["GenerationQuota"]


class QuotaSeen(serializers.Serializer[Any]):
    """Pieces per day (UTC), and how many may wait at the same time. `left_now` is what one request may ask for."""

    per_day = serializers.IntegerField()
    asked_today = serializers.IntegerField()
    left_today = serializers.IntegerField()
    may_wait = serializers.IntegerField()
    waiting = serializers.IntegerField()
    left_now = serializers.IntegerField()
    renewed_at = serializers.DateTimeField()


class GenerationQuota(View):
    """How many pieces I may still ask for, today and at this moment."""

    area = "generations"

    @extend_schema(responses=QuotaSeen)
    def get(self, request: Request) -> Response:
        return answer(QuotaSeen, quotas.left(actor(request)), request)
