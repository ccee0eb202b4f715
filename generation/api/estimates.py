"""What a wish would take, before it is asked for."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, actor, answer, asked
from generation import estimates, inputs, jobs, parameters
from generation.api.wishes import PieceWish

__all__ = ["Estimates"]


class CostSeen(serializers.Serializer[Any]):
    """Decimals as text: a piece costs less than the smallest unit of a currency."""

    amount = serializers.CharField()
    currency = serializers.CharField()


class EstimateSeen(serializers.Serializer[Any]):
    """`basis` and `explanation` say where the figures come from; without a measurement there are none."""

    pieces = serializers.IntegerField()
    queue = serializers.CharField()
    before = serializers.IntegerField(help_text="Slots that wait in this queue now; accounts take turns.")
    workers = serializers.IntegerField(help_text="Workers that serve this queue now.")
    basis = serializers.ChoiceField(["measured", "scaled", "other_setting", "not_measured"])
    explanation = serializers.CharField()
    seconds = serializers.CharField(allow_null=True, help_text="Of one device, for all pieces; decimal as text.")
    wait_seconds = serializers.CharField(allow_null=True, help_text="Until the first is begun; decimal as text.")
    cost = serializers.SerializerMethodField()

    @extend_schema_field(CostSeen(allow_null=True))
    def get_cost(self, estimate: Any) -> dict[str, str] | None:
        return None if estimate.cost is None else {"amount": f"{estimate.cost:f}", "currency": estimate.currency}


class Estimates(View):
    """What a generation would take: seconds and cost by what was measured here, and what waits before it."""

    area = "generations"
    only_reads = True
    throttle_scope = "estimates"

    @extend_schema(request=PieceWish, responses=EstimateSeen)
    def post(self, request: Request) -> Response:
        """Send what you would send to `generations`. It is checked in the same way, and nothing is made."""
        wish = asked(PieceWish, request)
        checkpoint = jobs.published(wish["checkpoint"])
        count = parameters.check_count(wish["count"])
        given = inputs.mine(actor(request), wish["inputs"])
        parameters.check_inputs(checkpoint, {role: work.kind for role, work in given.items()})
        checked = parameters.check(checkpoint, wish["parameters"])
        return answer(EstimateSeen, estimates.of(checkpoint=checkpoint, asked=checked, count=count), request)
