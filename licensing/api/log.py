"""The transparency log for anyone who watches it: signed heads, entries, and proofs between them."""

import base64
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from common.api import View
from common.errors import BadRequest
from licensing.models import LogLeaf
from licensing.provenance import log

__all__ = ["Consistency", "Entries", "Head", "Inclusion"]

MOST_ENTRIES = 256
LARGEST_SIZE = 2**53 - 1


class RangeTooLarge(BadRequest):
    code = "range_too_large"
    title = f"Ask for at most {MOST_ENTRIES} entries at once."


class Range(serializers.Serializer[Any]):
    start = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)
    end = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, help_text="Inclusive, as in RFC 6962.")


class InclusionAsked(serializers.Serializer[Any]):
    index = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)
    size = serializers.IntegerField(min_value=1, max_value=LARGEST_SIZE)


class ConsistencyAsked(serializers.Serializer[Any]):
    first = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)
    second = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)


class Entry(serializers.ModelSerializer[LogLeaf]):
    body = serializers.CharField(read_only=True, help_text="Canonical JSON; leaf_hash is SHA-256(0x00 ‖ body).")

    class Meta:
        model = LogLeaf
        fields = ["index", "body", "leaf_hash"]


class EntriesSeen(serializers.Serializer[Any]):
    entries = Entry(many=True)


class Proof(serializers.Serializer[Any]):
    """Hashes in base64, as RFC 9162 orders them."""

    proof = serializers.ListField(child=serializers.CharField())


class _Public(View):
    area = "provenance"
    permission_classes = [AllowAny]
    throttle_scope = "log"
    throttle_reads = True


class Head(_Public):
    """The newest signed tree head, as a note (C2SP checkpoint)."""

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        head = log.head()
        if head is None:
            raise log.NotInLog("The log is empty.")
        return HttpResponse(head.note, content_type="text/plain; charset=utf-8")


class Entries(_Public):
    """Entries from `start` to `end`, both included."""

    @extend_schema(parameters=[Range], responses=EntriesSeen)
    def get(self, request: Request) -> Response:
        wanted = _asked(Range, request)
        if wanted["end"] < wanted["start"]:
            raise BadRequest("end must not be smaller than start.", errors={"end": ["Smaller than start."]})
        if wanted["end"] - wanted["start"] >= MOST_ENTRIES:
            raise RangeTooLarge()
        leaves: QuerySet[LogLeaf] = LogLeaf.objects.filter(index__gte=wanted["start"], index__lte=wanted["end"])
        return Response(EntriesSeen({"entries": leaves.order_by("index")}).data)


class Inclusion(_Public):
    """The proof that entry `index` is in the tree of the first `size` entries."""

    @extend_schema(parameters=[InclusionAsked], responses=Proof)
    def get(self, request: Request) -> Response:
        return _proof(log.inclusion(**_asked(InclusionAsked, request)).proof)


class Consistency(_Public):
    """The proof that the tree of `second` entries extends that of `first`."""

    @extend_schema(parameters=[ConsistencyAsked], responses=Proof)
    def get(self, request: Request) -> Response:
        wanted = _asked(ConsistencyAsked, request)
        return _proof(log.consistency(old_size=wanted["first"], size=wanted["second"]))


def _asked(form: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    checked = form(data=request.query_params)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _proof(hashes: Any) -> Response:
    return Response({"proof": [base64.b64encode(one).decode() for one in hashes]})
