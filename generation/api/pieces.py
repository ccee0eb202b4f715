"""Finished pieces, seen by the person for whom they were made. Masters are never handed out here."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, SeedField, View, actor, answer
from generation.api.scores import ScoresField
from generation.models import Piece

__all__ = ["OnePiece", "PieceCard", "Pieces"]

KINDS = ("picture", "text", "sculpture", "motion")


class PieceCard(serializers.ModelSerializer[Piece]):
    checkpoint = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    seed = SeedField(read_only=True)
    scores = ScoresField(help_text="Name → figure, range, meaning and words.")

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


class CompanionSeen(serializers.Serializer[Any]):
    """A further file of the work, which is delivered with it."""

    name = serializers.CharField()
    media_type = serializers.CharField()
    sha256 = serializers.CharField()


class PieceCost(serializers.Serializer[Any]):
    """Decimals as text: a piece costs less than the smallest unit of a currency."""

    device_seconds = serializers.CharField()
    amount = serializers.CharField(allow_null=True)
    currency = serializers.CharField()


class PieceDetail(PieceCard):
    generation = serializers.UUIDField(source="slot.job_id", read_only=True)
    parameters = serializers.DictField(read_only=True)
    profile = serializers.DictField(read_only=True, help_text="Where it was made: library versions, device, threads.")
    steps = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="Of a chain: each step's model, seed, parameters and inputs.",
    )
    companions = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField(help_text="What making it took of the device.")

    class Meta(PieceCard.Meta):
        fields = [
            *PieceCard.Meta.fields,
            "generation",
            "parameters",
            "profile",
            "steps",
            "companions",
            "cost",
            "started_at",
        ]

    @extend_schema_field(CompanionSeen(many=True))
    def get_companions(self, piece: Piece) -> list[dict[str, str]]:
        # Where they are stored stays out of it.
        return [
            {"name": name, "media_type": file["media_type"], "sha256": file["sha256"]}
            for name, file in sorted(piece.companions.items())
        ]

    @extend_schema_field(PieceCost(allow_null=True))
    def get_cost(self, piece: Piece) -> dict[str, str | None] | None:
        if piece.device_seconds is None:
            return None
        amount = None if piece.cost is None else f"{piece.cost:f}"
        return {"device_seconds": f"{piece.device_seconds:f}", "amount": amount, "currency": piece.cost_currency}


class WantedPieces(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS, required=False)
    checkpoint = serializers.SlugField(required=False, max_length=50)


class Pieces(Listing[Piece]):
    """My pieces, the newest first."""

    area = "generations"
    serializer_class = PieceCard

    def get_queryset(self) -> QuerySet[Piece]:
        form = WantedPieces(data=self.request.query_params)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        pieces = _mine(self.request)
        if kind := wanted.get("kind"):
            pieces = pieces.filter(kind=kind)
        if checkpoint := wanted.get("checkpoint"):
            pieces = pieces.filter(checkpoint__slug=checkpoint)
        return pieces

    @extend_schema(parameters=[WantedPieces])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class OnePiece(View):
    """One of my pieces, with all that made it."""

    area = "generations"

    @extend_schema(responses=PieceDetail)
    def get(self, request: Request, piece_id: UUID) -> Response:
        return answer(PieceDetail, get_object_or_404(_mine(request).select_related("slot"), pk=piece_id), request)


def _mine(request: Request) -> QuerySet[Piece]:
    return Piece.objects.filter(slot__job__requested_by=actor(request)).select_related("checkpoint")
