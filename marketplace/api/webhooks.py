"""Outgoing webhooks for whoever runs the house: endpoints, their messages, and sending one again."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, actor, asked
from generation.api.operators import Operator
from marketplace import webhooks
from marketplace.models import WebhookEndpoint, WebhookMessage

__all__ = ["OneWebhook", "Replay", "WebhookMessages", "Webhooks"]

MAY = "marketplace.change_webhookendpoint"


class EndpointWish(serializers.Serializer[Any]):
    url = serializers.URLField(max_length=500)
    topics = serializers.ListField(
        child=serializers.ChoiceField(webhooks.TOPICS), required=False, default=list, help_text="Empty for all."
    )


class EndpointCard(serializers.ModelSerializer[WebhookEndpoint]):
    topics = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "url", "topics", "state", "created_at"]


class NewEndpoint(EndpointCard):
    class Meta(EndpointCard.Meta):
        fields = [*EndpointCard.Meta.fields, "secret"]
        extra_kwargs = {"secret": {"read_only": True, "help_text": "Shown this once. Check signatures with it."}}


class MessageCard(serializers.ModelSerializer[WebhookMessage]):
    class Meta:
        model = WebhookMessage
        fields = ["id", "topic", "subject", "state", "happened_at", "attempts", "due_at", "delivered_at", "answer"]


class Webhooks(Listing[WebhookEndpoint]):
    """The endpoints, the newest first. POST adds one and shows its secret."""

    area = "operations"
    permission_classes = [Operator]
    operators_may = MAY
    serializer_class = EndpointCard
    ordering = ("-id",)
    throttle_scope = "webhooks"

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.exclude(state=WebhookEndpoint.State.REMOVED)

    @extend_schema(request=EndpointWish, responses={201: NewEndpoint})
    def post(self, request: Request) -> Response:
        made = webhooks.add(**asked(EndpointWish, request), by=actor(request))
        return Response(NewEndpoint(made).data, status=201)


class OneWebhook(View):
    """Remove an endpoint: nothing is sent there any more."""

    area = "operations"
    permission_classes = [Operator]
    operators_may = MAY

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        webhooks.remove(endpoint=get_object_or_404(WebhookEndpoint, pk=endpoint_id), by=actor(request))
        return Response(status=204)


class WebhookMessages(Listing[WebhookMessage]):
    """The messages of one endpoint, the newest first, each with its last answer."""

    area = "operations"
    permission_classes = [Operator]
    operators_may = MAY
    serializer_class = MessageCard
    ordering = ("-event_id", "-id")

    def get_queryset(self) -> QuerySet[WebhookMessage]:
        if "endpoint_id" not in self.kwargs:  # the schema is drawn without an address
            return WebhookMessage.objects.none()
        return get_object_or_404(WebhookEndpoint, pk=self.kwargs["endpoint_id"]).messages.all()


class Replay(View):
    """Send one message again, the same bytes under the same id."""

    area = "operations"
    permission_classes = [Operator]
    operators_may = MAY
    throttle_scope = "webhooks"

    @extend_schema(request=None, responses={202: MessageCard})
    def post(self, request: Request, message_id: UUID) -> Response:
        message = get_object_or_404(WebhookMessage, pk=message_id)
        webhooks.replay(message=message, by=actor(request))
        message.refresh_from_db()
        return Response(MessageCard(message).data, status=202)
