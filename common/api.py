"""What every API view shares: problem documents, keyset paging and remembered answers to an Idempotency-Key."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common.errors import BadRequest, Conflict, DomainError, Unprocessable
from common.models import IdempotentAnswer

__all__ = ["KeysetPagination", "idempotent", "problem"]


class KeysetPagination(CursorPagination):
    """Pages by key, never by offset: as quick on page thousand as on page one."""

    page_size_query_param = "limit"
    max_page_size = 100
    ordering = "-id"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as RFC 9457 `application/problem+json` with a stable `code`. Unexpected errors stay errors."""
    if isinstance(error, DomainError):
        return _document(error.status, error.code, error.title, error.detail, error.extra)
    if isinstance(error, exceptions.ValidationError):
        return _document(
            400, "invalid", "Some fields are not right.", "See `errors`.", {"errors": _by_field(error.detail)}
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    standard = exception_handler(error, context)
    if standard is None or not isinstance(error, exceptions.APIException):
        return None
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    response = _document(standard.status_code, code, str(error.default_detail), str(error.detail), {})
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in standard:
            response[name] = standard[name]
    return response


def _by_field(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


def _document(status: int, code: str, title: str, detail: str, extra: dict[str, Any]) -> Response:
    body = {
        "type": f"{settings.SITE_URL}/api/docs/#error-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }
    return Response(body, status=status, content_type="application/problem+json")


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request. Choose a new key."


class RequestInFlight(Conflict):
    code = "request_in_flight"
    title = "The first request with this Idempotency-Key is still being carried out. Try again in a moment."


View = Callable[..., Response]


def idempotent(scope: str) -> Callable[[View], View]:
    """Honour `Idempotency-Key` on a view method: the same key and body get the first answer again.

    The key is taken by inserting its row before the work, so of two requests at once only one works; the other gets
    409 until the answer is there. A refusal (4xx, 5xx) gives the key back: trying again is then a new try.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = request.headers.get("Idempotency-Key")
            if not key:
                return view(self, request, *args, **kwargs)
            if len(key) > 100:
                raise BadRequest("An Idempotency-Key has at most 100 characters.")
            row, fresh = _take(request, scope, key, kwargs)
            if not fresh:
                return _replay(row)
            try:
                response = view(self, request, *args, **kwargs)
            except BaseException:
                row.delete()
                raise
            row.status, row.body = response.status_code, json.loads(json.dumps(response.data, default=str))
            row.save(update_fields=["status", "body"])
            return response

        return wrapper

    return decorate


def _take(request: Request, scope: str, key: str, kwargs: dict[str, Any]) -> tuple[IdempotentAnswer, bool]:
    what = json.dumps([kwargs, request.data], sort_keys=True, default=str)
    fingerprint = hashlib.sha256(what.encode()).hexdigest()
    user = request.user if request.user.is_authenticated else None
    try:
        with transaction.atomic():
            row = IdempotentAnswer.objects.create(user=user, scope=scope, key=key, fingerprint=fingerprint)
        return row, True
    except IntegrityError:
        row = IdempotentAnswer.objects.get(user=user, scope=scope, key=key)
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    return row, False


def _replay(row: IdempotentAnswer) -> Response:
    if row.status is None:
        raise RequestInFlight()
    return Response(row.body, status=row.status, headers={"Idempotent-Replayed": "true"})
