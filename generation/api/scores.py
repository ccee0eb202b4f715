"""Scores of a piece as a client is told them: the figure, its range and meaning, and a word for it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from generation.evaluation.words import describe

__all__ = ["ScoresField"]


class ScoreSeen(serializers.Serializer[Any]):
    """`range` is from and to, null where there is no bound; `words` is empty where the figure speaks for itself."""

    value = serializers.FloatField()
    range = serializers.ListField(child=serializers.FloatField(allow_null=True))
    meaning = serializers.CharField()
    words = serializers.CharField()
    heuristic = serializers.BooleanField(help_text="A rule of thumb, not a measurement.")


@extend_schema_field(serializers.DictField(child=ScoreSeen()))
class ScoresField(serializers.Field[Any, Any, Any, Any]):
    """Name → score. For output only; in the language that is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return describe(value)
