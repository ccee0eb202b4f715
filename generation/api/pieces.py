"""Finished pieces, seen by the person for whom they were made. Masters are never handed out here."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, SeedField, View, actor, answer
from generation.models import Piece

__all__ = ["OnePiece", "PieceCard", "Pieces"]


class PieceCard(serializers.ModelSerializer[Piece]):
    checkpoint = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    seed = SeedField(read_only=True)
    scores = serializers.DictField(read_only=True, help_text="Heuristics, not judgements.")

    class Meta:
        model = Piece
        fields = [
            "id",
            "checkpoint",
            "kind",
            "media_type",
            "width",
            "height",
            "seed",
            "scores",
            "content_sha256",
            "finished_at",
        ]


class PieceDetail(PieceCard):
    generation = serializers.UUIDField(source="slot.job_id", read_only=True)
    parameters = serializers.DictField(read_only=True)
    profile = serializers.DictField(read_only=True, help_text="Where it was made: library versions, device, threads.")

    class Meta(PieceCard.Meta):
        fields = [*PieceCard.Meta.fields, "generation", "parameters", "profile", "started_at"]


class Pieces(Listing[Piece]):
    """My pieces, the newest first."""

    serializer_class = PieceCard

    def get_queryset(self) -> QuerySet[Piece]:
        return _mine(self.request)


class OnePiece(View):
    """One of my pieces, with all that made it."""

    @extend_schema(responses=PieceDetail)
    def get(self, request: Request, piece_id: UUID) -> Response:
        return answer(PieceDetail, get_object_or_404(_mine(request).select_related("slot"), pk=piece_id), request)


def _mine(request: Request) -> QuerySet[Piece]:
    return Piece.objects.filter(slot__job__requested_by=actor(request)).select_related("checkpoint")
