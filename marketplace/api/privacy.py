"""What people ask of us about their data: a copy of it, being forgotten, and what they agreed to."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Listing, View, actor, answer, asked
from common.errors import NotFound
from common.models import User
from marketplace.models import Consent, Export
from marketplace.privacy import chart, consents, erasures, exports, identity

__all__ = ["CancelErase", "Consents", "Erase", "ExportFile", "MyExport", "Texts"]


class Proof(serializers.Serializer[Any]):
    password = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="Yours. Without one, sign in again and ask within five minutes.",
    )


class ExportSeen(serializers.ModelSerializer[Export]):
    url = serializers.SerializerMethodField(help_text="Where you, and nobody else, fetch the file; null until ready.")

    class Meta:
        model = Export
        fields = ["id", "state", "done", "total", "byte_count", "left_out", "asked_at", "ready_at", "expires_at", "url"]

    def get_url(self, export: Export) -> str | None:
        path = reverse("api:me-export-file", args=[export.pk])
        return self.context["request"].build_absolute_uri(path) if export.state == Export.State.READY else None


class MyExport(View):
    """A copy of everything about me: ask for one, and see how far it is."""

    area = "account"
    throttle_scope = "privacy"

    @extend_schema(responses=ExportSeen)
    def get(self, request: Request) -> Response:
        export = exports.newest(actor(request))
        if export is None:
            raise NotFound("You have not asked for a copy of your data. POST here to ask for one.")
        return answer(ExportSeen, export, request)

    @extend_schema(request=Proof, responses={202: ExportSeen})
    def post(self, request: Request) -> Response:
        person = _confirmed(request)
        export = exports.ask(person=person, language=get_language() or "en")
        return answer(ExportSeen, export, request, status=202)


class ExportFile(View):
    """The copy itself, as a ZIP: for the person it is about, until it expires."""

    area = "account"
    throttle_scope = "privacy"
    throttle_reads = True

    @extend_schema(responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY)})
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        file = exports.open_file(export_id, by=actor(request))
        response = FileResponse(file, as_attachment=True, filename=exports.FILE_NAME, content_type="application/zip")
        response["Cache-Control"] = "private, no-store"
        return response


class KeptSeen(serializers.Serializer[Any]):
    what = serializers.CharField()
    why = serializers.CharField(source="because")
    until = serializers.CharField()


class BlockedSeen(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ErasureSeen(serializers.Serializer[Any]):
    state = serializers.ChoiceField(["none", "asked", "running"])
    due_at = serializers.DateTimeField(allow_null=True, help_text="Until then it can be taken back.")
    days = serializers.IntegerField(help_text="How long it can be taken back, if it were asked for now.")
    blocked_by = BlockedSeen(many=True, help_text="What has to end first.")
    kept = KeptSeen(many=True, help_text="What outlives it, leading to nobody.")


class Erase(View):
    """Being forgotten: what would be kept and why, and the wish itself."""

    area = "account"
    throttle_scope = "privacy"

    @extend_schema(responses=ErasureSeen)
    def get(self, request: Request) -> Response:
        return _erasure(request)

    @extend_schema(request=Proof, responses={202: ErasureSeen})
    def post(self, request: Request) -> Response:
        erasures.ask(person=_confirmed(request), language=get_language() or "en")
        return _erasure(request, status=202)


class CancelErase(View):
    """Stay, after all."""

    area = "account"
    throttle_scope = "privacy"

    @extend_schema(request=None, responses=ErasureSeen)
    def post(self, request: Request) -> Response:
        erasures.take_back(person=actor(request))
        return _erasure(request)


class ConsentSeen(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["id", "text", "version", "text_sha256", "language", "given", "how", "at"]


class Answer(serializers.Serializer[Any]):
    text = serializers.SlugField(max_length=50)
    version = serializers.IntegerField(min_value=1, max_value=10_000)
    given = serializers.BooleanField()


class Consents(Listing[Consent]):
    """What I agreed to, the newest first; and another answer, which stands from then on."""

    serializer_class = ConsentSeen
    area = "account"
    throttle_scope = "privacy"

    def get_queryset(self) -> QuerySet[Consent]:
        return Consent.objects.filter(person=actor(self.request))

    @extend_schema(request=Answer, responses={201: ConsentSeen})
    def post(self, request: Request) -> Response:
        wish = asked(Answer, request)
        made = consents.answer(
            person=actor(request),
            name=wish["text"],
            version=wish["version"],
            given=wish["given"],
            how="api",
            language=get_language() or "en",
        )
        return answer(ConsentSeen, made, request, status=201)


class TextSeen(serializers.Serializer[Any]):
    text = serializers.CharField(source="name")
    version = serializers.IntegerField()
    title = serializers.CharField()
    words = serializers.CharField()
    sha256 = serializers.CharField()


class Texts(View):
    """The texts in force, in the language asked for."""

    area = "account"

    @extend_schema(responses=TextSeen(many=True))
    def get(self, request: Request) -> Response:
        language = get_language() or "en"
        return Response(TextSeen([consents.current(name, language) for name in consents.SIGN_UP], many=True).data)


def _confirmed(request: Request) -> User:
    person = actor(request)
    identity.confirm(request._request, person=person, password=asked(Proof, request)["password"])
    return person


def _erasure(request: Request, *, status: int = 200) -> Response:
    person = actor(request)
    erasure = erasures.standing(person)
    seen = {
        "state": erasure.state if erasure else "none",
        "due_at": erasure.due_at if erasure else None,
        "days": settings.ERASURE_DAYS,
        "blocked_by": erasures.blockers(person),
        "kept": chart.kept(),
    }
    return Response(ErasureSeen(seen).data, status=status)
