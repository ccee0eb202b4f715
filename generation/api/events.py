"""A job's events over HTTP (server-sent events), for the person who asked for it, and nobody else."""

from typing import Any
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View, actor
from generation.api import streams
from generation.events import Feed
from generation.models import Job

__all__ = ["Events"]


class EventStream(JSONRenderer):
    """Lets a client ask for events alone. Refusals are problem documents here as anywhere."""

    media_type = "text/event-stream"
    format = "events"


class Events(View):
    """How one of my generations goes on, as it happens.

    Each event is `progress` (`progress` by state, and in `slots` those that changed, with steps and the finished
    piece) or the last one, `done`. Send `Last-Event-ID` to hear only what is new since; after `done` the answer is 204.
    A stream may end before the job does, after a minute or at once: come back after `retry` milliseconds, as every
    EventSource does.
    """

    area = "generations"
    http_method_names = ["get", "options"]
    renderer_classes = [JSONRenderer, EventStream]

    @extend_schema(
        parameters=[
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="What was heard last.")
        ],
        responses={(200, "text/event-stream"): OpenApiTypes.STR, 204: None},
    )
    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        person = actor(request)
        job = get_object_or_404(Job, pk=job_id, requested_by=person)
        feed = Feed(job.pk, seen=request.headers.get("Last-Event-ID", ""))
        if feed.is_over:
            return Response(status=204)
        original: Any = request._request
        return streams.respond(feed, listener=person.pk, many=isinstance(original, ASGIRequest))
