"""Every refusal as RFC 9457 `application/problem+json`, from API views and from outside of them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelInvalid
from django.http import Http404, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common.errors import BadRequest, DomainError, PayloadTooLarge, TooManyRequests

__all__ = ["MEDIA_TYPE", "body", "document", "problem"]

MEDIA_TYPE = "application/problem+json"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error in an API view. Unexpected errors give None and stay errors."""
    error = _expected(error)
    if isinstance(error, DomainError):
        response = _response(error.status, error.code, error.title, error.detail, error.extra)
        if isinstance(error, TooManyRequests):
            response["Retry-After"] = str(error.retry_after)
        return response
    if isinstance(error, exceptions.ValidationError):
        errors = {"errors": _by_field(error.detail)}
        return _response(400, "invalid", "Some fields are not right.", "See `errors`.", errors)
    standard = exception_handler(error, context)
    if standard is None or not isinstance(error, exceptions.APIException):
        return None
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    response = _response(standard.status_code, code, str(error.default_detail), str(error.detail), {})
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in standard:
            response[name] = standard[name]
    return response


def document(error: DomainError) -> JsonResponse:
    """The same document where there is no API view, e.g. for an address that does not exist."""
    content = body(error.status, error.code, error.title, error.detail, error.extra)
    return JsonResponse(content, status=error.status, content_type=MEDIA_TYPE)


def body(status: int, code: str, title: str, detail: str, extra: dict[str, Any]) -> dict[str, Any]:
    """The members of the document. `type` is the place in the documentation that explains `code`."""
    return {
        "type": f"{settings.SITE_URL}/api/docs/#error-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }


def _expected(error: Exception) -> Exception:
    """What Django raises for a hostile or broken request, as the refusal that it is."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, RequestDataTooBig):
        return PayloadTooLarge("The request is larger than this address takes.")
    if isinstance(error, (SuspiciousOperation, UnreadablePostError)):
        return BadRequest("The request could not be read. Send it again as the documentation describes.")
    if isinstance(error, ModelInvalid):
        return exceptions.ValidationError(error.messages)
    return error


def _by_field(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


def _response(status: int, code: str, title: str, detail: str, extra: dict[str, Any]) -> Response:
    return Response(body(status, code, title, detail, extra), status=status, content_type=MEDIA_TYPE)
