"""Bring a file and learn what it is. No account; nothing is kept."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import View
from common.errors import BadRequest, PayloadTooLarge
from common.uploads import is_overlong
from licensing.provenance import inquiry

__all__ = ["Verify"]

STATES = ("holds", "note", "fails", "absent", "not_checked")


class FileMissing(BadRequest):
    code = "file_missing"
    title = "Send the file as the field `file` of a form (multipart/form-data)."


class Upload(serializers.Serializer[Any]):
    file = serializers.FileField()
    sidecar = serializers.FileField(
        required=False, help_text="A credential (.c2pa) that stands beside the file, such as a text's."
    )


class Verdict(serializers.Serializer[Any]):
    subject = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    code = serializers.CharField(help_text="Stable.")
    sentence = serializers.CharField()
    details = serializers.DictField()


class TraceSeen(serializers.Serializer[Any]):
    """A piece of this house whose invisible mark the picture carries, though it has lost its papers."""

    piece_id = serializers.UUIDField()
    bits = serializers.IntegerField(help_text="Of 64: chance reaches 56 once in four thousand million.")
    distance = serializers.IntegerField(help_text="Of 256 bits of the fingerprint, how many differ.")
    likeness = serializers.FloatField(help_text="How well it lies on the original, up to 1.")


class TextMarkSeen(serializers.Serializer[Any]):
    """The watermark of this house's models in the words. It names no piece, and anybody can imitate it."""

    checkpoint = serializers.CharField(help_text="A model with the vocabulary that shows it; others may share it.")
    scored = serializers.IntegerField(help_text="Pairs of tokens that counted.")
    favoured = serializers.IntegerField(help_text="Of these, how many the mark favours; a quarter by chance.")
    chance = serializers.FloatField(help_text="How often a text without a mark shows as much.")


class Answer(serializers.Serializer[Any]):
    """What each check found, never a single word for all of it. `record` is to be believed only when trusted."""

    name = serializers.CharField()
    sha256 = serializers.CharField()
    byte_count = serializers.IntegerField()
    media_type = serializers.CharField(allow_null=True)
    overall = serializers.ChoiceField(["trusted", "broken", "none", "unknown_signer", "withdrawn"])
    headline = serializers.CharField()
    signer = serializers.CharField()
    piece_id = serializers.CharField(allow_null=True)
    grant_id = serializers.CharField(allow_null=True)
    soft_binding = serializers.DictField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="The invisible mark that the credential names: `alg`, and `value` in hexadecimal.",
    )
    made_here = serializers.BooleanField(help_text="The record in it is one that this house wrote.")
    corrected_by = serializers.CharField(
        allow_null=True, help_text="SHA-256 of the newest record of the piece, where that corrects the one in the file."
    )
    verdicts = Verdict(many=True)
    record = serializers.DictField(allow_null=True)
    trace = TraceSeen(allow_null=True, help_text="Looked for where no papers were found.")
    same_words = serializers.UUIDField(
        allow_null=True, help_text="Of a text without papers: the piece of this house that has the same words."
    )
    text_mark = TextMarkSeen(allow_null=True, help_text="Of a text without papers: the watermark in its words.")


class BoundedForm(MultiPartParser):
    """A form that is refused by its stated length, before any of it is read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if is_overlong(parser_context["request"].META.get("CONTENT_LENGTH")):
            raise _too_large()
        return super().parse(stream, media_type, parser_context)


class Verify(View):
    """POST a work or a bundle as the field `file`; a credential that stands beside it as `sidecar`."""

    area = "provenance"
    only_reads = True
    permission_classes = [AllowAny]
    parser_classes = [BoundedForm]
    throttle_scope = "verify"

    @extend_schema(request={"multipart/form-data": Upload}, responses=Answer)
    def post(self, request: Request) -> Response:
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise FileMissing()
        beside = request.FILES.get("sidecar")
        if max(upload.size or 0, (beside.size or 0) if beside else 0) > settings.VERIFY_MAX_BYTES:
            raise _too_large()
        found = inquiry.look_into(upload, name=upload.name or "", sidecar=beside.read() if beside else None)
        language = "zh" if (get_language() or "").startswith("zh") else "en"
        trace = None if found.trace is None else TraceSeen(found.trace).data
        mark = None if found.text_mark is None else TextMarkSeen(found.text_mark).data
        left = {"trace": trace, "same_words": found.same_words, "text_mark": mark}
        seen = {"made_here": found.made_here, "corrected_by": found.corrected_by, **left}
        return Response({**found.report.as_json(language), **seen})


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"A file has at most {settings.VERIFY_MAX_BYTES} bytes here; check it on your own machine.")
