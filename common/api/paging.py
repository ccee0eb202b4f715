"""Paging by key: as quick on page thousand as on page one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from common.errors import BadRequest

__all__ = ["KeysetPagination"]


class BadCursor(BadRequest):
    code = "bad_cursor"
    title = "This cursor is not one of ours. Follow `next` and `previous` as they were given."


class BadLimit(BadRequest):
    code = "bad_limit"
    title = "limit must be a whole number from 1 to 100."


class KeysetPagination(CursorPagination):
    """`results`, `next`, `previous`. A view whose list has another order sets `ordering`."""

    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100
    ordering = "-id"

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get("limit")
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= self.max_page_size):
            raise BadLimit()
        return int(asked)

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise BadCursor() from error

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView | None) -> tuple[str, ...]:
        ordering = getattr(view, "ordering", self.ordering)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError) as error:  # a position that is no value of its column
            if self.cursor is None:
                raise
            raise BadCursor() from error
