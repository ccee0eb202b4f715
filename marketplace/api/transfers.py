"""Give a licence to somebody else, and accept one. Guests who give come with `?token=`."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, actor, asked
from common.models import User
from licensing.licences import transfers
from licensing.models import Grant, GrantTransfer
from marketplace import delivery
from marketplace.api.grants import GrantCard
from marketplace.api.orders import TOKEN
from marketplace.api.parts import holder

__all__ = ["Accept", "Transfer"]


class Offer(serializers.Serializer[Any]):
    to_email = serializers.EmailField(help_text="Who gets the letter with the key.")


class OfferCard(serializers.ModelSerializer[GrantTransfer]):
    class Meta:
        model = GrantTransfer
        fields = ["id", "grant", "to_email", "state", "offered_at", "expires_at"]


class Key(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=200, help_text="From the address in the letter.")


class Transfer(View):
    """Offer one of my licences to an e-mail address, or take the offer back."""

    area = "library"
    permission_classes = [AllowAny]
    throttle_scope = "transfers"

    @extend_schema(request=Offer, responses={201: OfferCard}, parameters=[TOKEN])
    def post(self, request: Request, grant_id: UUID) -> Response:
        wish = asked(Offer, request)
        grant, by = _mine(request, grant_id)
        made = transfers.offer(grant=grant, to_email=wish["to_email"], by=by, language=get_language() or "en")
        return Response(OfferCard(made).data, status=201)

    @extend_schema(responses={204: None}, parameters=[TOKEN])
    def delete(self, request: Request, grant_id: UUID) -> Response:
        grant, by = _mine(request, grant_id)
        transfers.take_back(grant=grant, by=by)
        return Response(status=204)


class Accept(View):
    """Accept a licence that was offered to me; accepting it again changes nothing."""

    area = "library"
    throttle_scope = "transfers"

    @extend_schema(request=Key, responses={200: GrantCard})
    def post(self, request: Request) -> Response:
        by = actor(request)
        grant = transfers.accept(asked(Key, request)["key"], by=by, language=get_language() or "en")
        return Response(GrantCard(delivery.library(by).get(pk=grant.pk)).data)


def _mine(request: Request, grant_id: UUID) -> tuple[Grant, User | None]:
    who = holder(request)
    return get_object_or_404(delivery.library(who), pk=grant_id), who if isinstance(who, User) else None
