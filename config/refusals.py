"""Refusals outside of any view: a problem document for programs, a page for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from common.api import document
from common.errors import BadRequest, DomainError, NotFound, PermissionRefused

__all__ = ["bad_request", "no_such_address", "not_found", "permission_denied", "server_error"]


class InternalError(DomainError):
    status = 500
    code = "internal_error"
    title = "Something went wrong on our side. Try again; if it stays, tell us when it happened."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return document(BadRequest()) if _program(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return document(PermissionRefused()) if _program(request) else defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return document(NotFound()) if _program(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return document(InternalError()) if _program(request) else defaults.server_error(request)


def no_such_address(request: HttpRequest, *_: Any) -> HttpResponse:
    """For an address under /api/ that no view answers."""
    hint = " Addresses under /api/v1/ have no slash at the end." if request.path.endswith("/") else ""
    return document(NotFound(f"There is no such address; GET /api/schema/ lists all.{hint}"))


no_such_address.csrf_exempt = True  # type: ignore[attr-defined]


def _program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
