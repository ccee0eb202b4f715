"""My API tokens. Only a signed-in browser comes here: no token makes or ends tokens."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import tokens
from common.api.views import Listing, View, actor, asked
from common.models import ApiToken
from common.scopes import SCOPES

__all__ = ["OneToken", "Tokens"]


class TokenSeen(serializers.ModelSerializer[ApiToken]):
    scopes = serializers.ListField(source="scope_list", child=serializers.CharField())

    class Meta:
        model = ApiToken
        fields = ["id", "name", "ending", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]


class TokenIssued(TokenSeen):
    secret = serializers.CharField(help_text="Told this once. Keep it: send it as `Authorization: Bearer …`.")

    class Meta(TokenSeen.Meta):
        fields = [*TokenSeen.Meta.fields, "secret"]


class TokenWanted(serializers.Serializer[Any]):
    """What a new token is for, what it reaches, and for how many days."""

    name = serializers.CharField(max_length=60)
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), min_length=1, max_length=len(SCOPES))
    days = serializers.ChoiceField(tokens.DAYS, required=False, default=tokens.DAYS[1])


class Tokens(Listing[ApiToken]):
    """My API tokens, the newest first, ended ones too; POST makes one. Sign in with your browser to come here."""

    serializer_class = TokenSeen
    throttle_scope = "tokens"

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=actor(self.request))

    @extend_schema(request=TokenWanted, responses={201: TokenIssued})
    def post(self, request: Request) -> Response:
        """No `Idempotency-Key` here: a remembered answer would keep the secret."""
        made, secret = tokens.issue(user=actor(request), **asked(TokenWanted, request))
        return Response({**TokenSeen(made).data, "secret": secret}, status=201)


class OneToken(View):
    """One of my API tokens."""

    throttle_scope = "tokens"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke it: it opens nothing from now on."""
        person = actor(request)
        tokens.revoke(token=get_object_or_404(ApiToken, pk=token_id, user=person), by=person)
        return Response(status=204)
