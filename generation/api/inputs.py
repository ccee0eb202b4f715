"""Pictures to work from, with the right to use them. Each is seen by the person who brought it, and nobody else."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, StrictJSONParser, View, actor, answer, asked, idempotent
from common.errors import PayloadTooLarge
from common.uploads import FORM_BYTES
from generation import inputs
from generation.models import InputWork, JobInput, Piece

__all__ = ["Inputs", "OneInput"]


class Form(MultiPartParser):
    """A form that is refused by its stated length, before any of it is read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        stated = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if stated > settings.INPUT_MAX_BYTES + FORM_BYTES:
            raise PayloadTooLarge(f"A picture to work from has at most {settings.INPUT_MAX_BYTES} bytes.")
        return super().parse(stream, media_type, parser_context)


class PictureUpload(serializers.Serializer[Any]):
    """A still PNG, JPEG or WebP picture, and the right to use it. Without a right it is refused."""

    file = serializers.FileField()
    licence_spdx = serializers.CharField(
        max_length=60,
        required=False,
        default="",
        allow_blank=True,
        help_text="An SPDX identifier such as CC-BY-4.0, or LicenseRef-own for a work of one's own.",
    )
    rights_holder = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=300, required=False, default="", allow_blank=True, help_text="Where it comes from."
    )


class OwnPiece(serializers.Serializer[Any]):
    piece = serializers.UUIDField(help_text="A finished picture of mine.")


class InputSeen(serializers.ModelSerializer[InputWork]):
    piece = serializers.UUIDField(source="piece_id", read_only=True, allow_null=True)
    used = serializers.BooleanField(read_only=True, default=False, help_text="Then it cannot be deleted any more.")

    class Meta:
        model = InputWork
        fields = [
            "id",
            "origin",
            "piece",
            "kind",
            "media_type",
            "width",
            "height",
            "sha256",
            "licence_spdx",
            "rights_holder",
            "source",
            "used",
            "created_at",
        ]


class Inputs(Listing[InputWork]):
    """My input works, the newest first; POST brings one."""

    area = "generations"
    serializer_class = InputSeen
    parser_classes = [StrictJSONParser, Form]
    throttle_scope = "inputs"

    def get_queryset(self) -> QuerySet[Any]:
        return _mine(self.request)

    @extend_schema(
        request={"multipart/form-data": PictureUpload, "application/json": OwnPiece}, responses={201: InputSeen}
    )
    @idempotent("inputs")
    def post(self, request: Request) -> Response:
        """Bring a picture to work from, or name a finished piece of mine. The same again is the same input work."""
        person = actor(request)
        if not isinstance(request.data, QueryDict):
            piece = Piece.objects.select_related("slot__job").filter(pk=asked(OwnPiece, request)["piece"])
            work = inputs.from_piece(owner=person, piece=get_object_or_404(piece, slot__job__requested_by=person))
        else:
            wish = asked(PictureUpload, request)
            file: UploadedFile[Any] = wish.pop("file")
            if (file.size or 0) > settings.INPUT_MAX_BYTES:
                raise PayloadTooLarge(f"A picture to work from has at most {settings.INPUT_MAX_BYTES} bytes.")
            work = inputs.store(owner=person, data=file.read(), **wish)
        response = answer(InputSeen, _mine(request).get(pk=work.pk), request, status=201)
        response["Location"] = reverse("api:input", args=[work.pk])
        return response


class OneInput(View):
    """One of my input works."""

    area = "generations"

    @extend_schema(responses=InputSeen)
    def get(self, request: Request, input_id: UUID) -> Response:
        return answer(InputSeen, get_object_or_404(_mine(request), pk=input_id), request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, input_id: UUID) -> Response:
        """Delete it with its file, unless something was asked for with it: then records name it, and it stays."""
        inputs.delete(work=get_object_or_404(_mine(request), pk=input_id), by=actor(request))
        return Response(status=204)


def _mine(request: Request) -> QuerySet[Any]:
    used = Exists(JobInput.objects.filter(work=OuterRef("pk")))
    return InputWork.objects.filter(owner=actor(request)).annotate(used=used)
