"""Remembered answers: the same `Idempotency-Key` and body get the first answer again."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from common.errors import BadRequest, Conflict, Unprocessable
from common.models import IdempotentAnswer

__all__ = ["idempotent"]

ABANDONED_AFTER = timedelta(seconds=60)

View = Callable[..., Response]


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request. Choose a new key."


class RequestInFlight(Conflict):
    code = "request_in_flight"
    title = "The first request with this Idempotency-Key is still being carried out. Try again in a moment."


class BadIdempotencyKey(BadRequest):
    code = "bad_idempotency_key"
    title = "An Idempotency-Key has 1 to 100 printable ASCII characters."


def idempotent(scope: str) -> Callable[[View], View]:
    """Honour `Idempotency-Key` on a view method: the same key and body get the first answer again.

    The key is taken by inserting its row before the work, so of two requests at once only one works; the other gets
    409 until the answer is there. A refusal (4xx, 5xx) gives the key back: trying again is then a new try. A key whose
    process died without an answer is taken over after a minute, so the work itself may then be done a second time.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            if "Idempotency-Key" not in request.headers:
                return view(self, request, *args, **kwargs)
            row, fresh = _take(request, scope, _key(request), kwargs)
            if not fresh:
                return _replay(row)
            mine = IdempotentAnswer.objects.filter(pk=row.pk, created_at=row.created_at, status__isnull=True)
            try:
                response = view(self, request, *args, **kwargs)
            except BaseException:
                mine.delete()
                raise
            mine.update(status=response.status_code, body=json.loads(json.dumps(response.data, default=str)))
            return response

        return wrapper

    return decorate


def _key(request: Request) -> str:
    """The key as given; of a guest, together with where the guest is, so that nobody else can ask for the answer."""
    key = request.headers["Idempotency-Key"]
    if not 1 <= len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise BadIdempotencyKey()
    if request.user.is_authenticated:
        return key
    where = BaseThrottle().get_ident(request)
    return "guest:" + hashlib.sha256(f"{where} {key}".encode()).hexdigest()


def _take(request: Request, scope: str, key: str, kwargs: dict[str, Any]) -> tuple[IdempotentAnswer, bool]:
    what = json.dumps([kwargs, request.data], sort_keys=True, default=_content)
    fingerprint = hashlib.sha256(what.encode()).hexdigest()
    user = request.user if request.user.is_authenticated else None
    try:
        with transaction.atomic():
            row = IdempotentAnswer.objects.create(user=user, scope=scope, key=key, fingerprint=fingerprint)
        return row, True
    except IntegrityError:
        found = IdempotentAnswer.objects.filter(user=user, scope=scope, key=key).first()
    if found is None:  # the first request was refused just now and gave the key back
        raise RequestInFlight()
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    return found, _taken_over(found)


def _content(value: Any) -> str:
    """Of an uploaded file, what is in it: two files may have one name."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def _taken_over(row: IdempotentAnswer) -> bool:
    """Whether the process that took this key has died, and we are the one to try again."""
    now = timezone.now()
    if row.status is not None or row.created_at > now - ABANDONED_AFTER:
        return False
    same = IdempotentAnswer.objects.filter(pk=row.pk, status__isnull=True, created_at=row.created_at)
    if not same.update(created_at=now):
        return False
    row.created_at = now
    return True


def _replay(row: IdempotentAnswer) -> Response:
    if row.status is None:
        raise RequestInFlight()
    return Response(row.body, status=row.status, headers={"Idempotent-Replayed": "true"})
