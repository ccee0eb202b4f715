"""What a checkpoint can be asked for, as JSON Schema, so that a client can build a form without knowing the engine."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, answer
from generation import jobs, parameters
from generation.models.job import MAX_COUNT

__all__ = ["Parameters"]


class InputTaken(serializers.Serializer[Any]):
    role = serializers.CharField(help_text="The name that `inputs` of a generation knows it by.")
    kind = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class ParametersTaken(serializers.Serializer[Any]):
    """`parameters` is a JSON Schema (draft 2020-12) of the object of the same name in a generation."""

    checkpoint = serializers.CharField()
    kind = serializers.CharField(help_text="What comes out: picture, text, sculpture, motion.")
    queue = serializers.CharField(help_text="Which workers make it.")
    most_pieces = serializers.IntegerField(help_text="The largest `count` of one generation.")
    parameters = serializers.DictField()
    inputs = InputTaken(many=True)


class Parameters(View):
    """What a published checkpoint can be asked for: parameters with bounds and defaults, and input works by role."""

    area = "models"
    permission_classes = [AllowAny]

    @extend_schema(responses=ParametersTaken)
    def get(self, request: Request, slug: str) -> Response:
        checkpoint = jobs.published(slug)
        spec = parameters.spec(checkpoint)
        taken = {
            "checkpoint": checkpoint.slug,
            "kind": spec.kind,
            "queue": spec.queue,
            "most_pieces": MAX_COUNT,
            "parameters": spec.schema(),
            "inputs": [
                {"role": role, "kind": known.kind, "required": known.required} for role, known in spec.inputs.items()
            ],
        }
        return answer(ParametersTaken, taken, request)
