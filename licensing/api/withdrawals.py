"""Withdrawals of consent, for operators: what one would touch, beginning it, and how far it is."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, actor, answer, asked, idempotent
from generation.api.operators import Operator
from generation.models import Dataset, InputWork
from licensing.models import Withdrawal
from licensing.rights import blast_radius, withdrawals

__all__ = ["OneWithdrawal", "Radius", "Withdrawals"]


class MayWithdraw(Operator):
    message = "Only staff with the right to withdraw works may do this."


class What(serializers.Serializer[Any]):
    """One of the three; `licence_spdx` only with a dataset."""

    item_sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False)
    dataset = serializers.SlugRelatedField[Dataset](
        slug_field="slug", queryset=Dataset.objects.all(), required=False, help_text="Slug of a dataset."
    )
    licence_spdx = serializers.CharField(max_length=60, required=False, help_text="Only its items under this licence.")
    input_work = serializers.PrimaryKeyRelatedField[InputWork](
        queryset=InputWork.objects.all(), pk_field=serializers.UUIDField(), required=False
    )


class Begin(What):
    reason = serializers.CharField(max_length=4000, help_text="Kept in the audit trail; not told to anybody outside.")
    pieces = serializers.IntegerField(min_value=0, max_value=2**31, help_text="How many the radius showed: you saw it.")


class Counts(serializers.Serializer[Any]):
    """How many of each are touched, from the source down."""

    items = serializers.IntegerField()
    dataset_versions = serializers.IntegerField()
    checkpoints = serializers.IntegerField()
    jobs = serializers.IntegerField()
    pieces = serializers.IntegerField()
    approved_pieces = serializers.IntegerField()
    live_grants = serializers.IntegerField()


class WithdrawalCard(serializers.ModelSerializer[Withdrawal]):
    dataset = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    input_work = serializers.UUIDField(source="input_work_id", read_only=True, allow_null=True)

    class Meta:
        model = Withdrawal
        fields = ["id", "state", "item_sha256", "dataset", "licence_spdx", "input_work", "begun_at", "done_at"]


class WithdrawalDetail(WithdrawalCard):
    touched = serializers.SerializerMethodField()
    reached = serializers.IntegerField(source="pieces.count", read_only=True, help_text="Pieces, so far.")
    told = serializers.SerializerMethodField(help_text="Licences whose holders have been told.")

    class Meta(WithdrawalCard.Meta):
        fields = [*WithdrawalCard.Meta.fields, "reason", "touched", "reached", "told"]

    @extend_schema_field(Counts)
    def get_touched(self, withdrawal: Withdrawal) -> dict[str, int]:
        return blast_radius.count(withdrawal)

    def get_told(self, withdrawal: Withdrawal) -> int:
        return withdrawal.letters.filter(sent_at__isnull=False).count()


class Withdrawals(Listing[Withdrawal]):
    """Withdrawals, the newest first; POST begins one. For operators."""

    area = "operations"
    permission_classes = [IsAuthenticated, MayWithdraw]
    operators_may = "licensing.add_withdrawal"
    serializer_class = WithdrawalCard
    throttle_scope = "reviews"

    def get_queryset(self) -> QuerySet[Withdrawal]:
        return Withdrawal.objects.select_related("dataset").defer("reason")

    @extend_schema(request=Begin, responses={202: WithdrawalDetail})
    @idempotent("withdrawals")
    def post(self, request: Request) -> Response:
        """Stop what makes more of it at once; its pieces are taken back one by one. Follow `Location`."""
        wish = asked(Begin, request)
        seen = wish.pop("pieces")
        begun = withdrawals.begin(asked=Withdrawal(**wish), by=actor(request), seen_pieces=seen)
        response = answer(WithdrawalDetail, begun, request, status=202)
        response["Location"] = reverse("api:withdrawal", args=[begun.pk])
        return response


class Radius(View):
    """What a withdrawal would touch. Changes nothing."""

    area = "operations"
    permission_classes = [IsAuthenticated, MayWithdraw]
    operators_may = "licensing.add_withdrawal"

    @extend_schema(request=What, responses=Counts)
    def post(self, request: Request) -> Response:
        wanted = Withdrawal(**asked(What, request))
        withdrawals.check_one_thing(wanted)
        return answer(Counts, blast_radius.count(wanted), request)


class OneWithdrawal(View):
    """One withdrawal: what it touches, and how far it is."""

    area = "operations"
    permission_classes = [IsAuthenticated, MayWithdraw]
    operators_may = "licensing.add_withdrawal"

    @extend_schema(responses=WithdrawalDetail)
    def get(self, request: Request, withdrawal_id: UUID) -> Response:
        found = get_object_or_404(Withdrawal.objects.select_related("dataset"), pk=withdrawal_id)
        return answer(WithdrawalDetail, found, request)
