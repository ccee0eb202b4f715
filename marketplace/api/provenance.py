"""The papers of a work, for anyone: its record, its place in the log and what was decided. Openings are never here."""

import json
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, answer
from generation.models import Piece
from licensing.exports.prov import prov_json
from licensing.models import Finding, LogLeaf, ProvenanceRecord, Review, SignedFile

__all__ = ["Prov", "Provenance"]


class LeafSeen(serializers.ModelSerializer[LogLeaf]):
    """Ask `log/proof/inclusion` with this index for the proof."""

    statement = serializers.CharField(source="body", read_only=True, help_text="Canonical JSON, exactly as hashed.")

    class Meta:
        model = LogLeaf
        fields = ["index", "kind", "leaf_hash", "statement", "appended_at"]


class FileSeen(serializers.ModelSerializer[SignedFile]):
    class Meta:
        model = SignedFile
        fields = ["media_type", "sha256", "byte_count", "signer", "signed_at"]


class CheckSeen(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = ["rule", "rule_version", "severity", "sentence"]


class ReviewSeen(serializers.ModelSerializer[Review]):
    findings = CheckSeen(many=True, read_only=True)

    class Meta:
        model = Review
        fields = ["state", "decided_at", "findings"]


class Papers(serializers.Serializer[Piece]):
    artwork = serializers.SlugField(source="artwork.slug")
    artwork_state = serializers.CharField(source="artwork.state")
    piece = serializers.UUIDField(source="pk")
    record_sha256 = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField(
        help_text="Version 1; its canonical form (RFC 8785) has `record_sha256`."
    )
    leaves = serializers.SerializerMethodField()
    signed_file = FileSeen(allow_null=True, default=None)
    review = ReviewSeen()

    def get_record_sha256(self, piece: Piece) -> str | None:
        record = self._record(piece)
        return record.sha256 if record else None

    def get_record(self, piece: Piece) -> dict[str, Any] | None:
        record = self._record(piece)
        return dict(json.loads(record.body)) if record else None

    @extend_schema_field(LeafSeen(many=True))
    def get_leaves(self, piece: Piece) -> list[dict[str, Any]]:
        leaves = LogLeaf.objects.filter(subject=str(piece.pk)).order_by("index")
        return list(LeafSeen(leaves, many=True).data)

    def _record(self, piece: Piece) -> ProvenanceRecord | None:
        records = sorted(piece.records.all(), key=lambda record: (record.created_at, record.pk))
        return records[-1] if records else None


class Provenance(View):
    """The papers of a work that hangs or hung on the wall, also after it was taken down."""

    area = "provenance"
    permission_classes = [AllowAny]

    @extend_schema(responses=Papers)
    def get(self, request: Request, slug: str) -> Response:
        known = Piece.objects.select_related("artwork", "review", "signed_file").prefetch_related(
            "records", "review__findings"
        )
        piece = get_object_or_404(known, artwork__slug=slug, artwork__listed_at__isnull=False)
        return answer(Papers, piece, request)


class Prov(View):
    """The newest record of a work as W3C PROV (PROV-JSON). 404 where the piece has no record."""

    area = "provenance"
    permission_classes = [AllowAny]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        records = ProvenanceRecord.objects.filter(correction__isnull=True, piece__artwork__listed_at__isnull=False)
        record = get_object_or_404(records, piece__artwork__slug=slug)
        return Response(prov_json(json.loads(record.body), record_sha256=record.sha256))
