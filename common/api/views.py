"""The two shapes of an API view, and what each does with what it is given."""

from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page
from rest_framework import generics
from rest_framework.exceptions import NotAuthenticated
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from common.api.bearer import BearerToken, check_scope
from common.api.paging import KeysetPagination
from common.api.parsing import StrictJSONParser
from common.api.sessions import SignedInByApp, SignedInBySession
from common.models import User
from common.second_factor import SecondFactorRequired, lacks_it

__all__ = ["Listing", "ScopedThrottle", "View", "actor", "answer", "asked"]

AnyModel = TypeVar("AnyModel", bound=Model)


class ScopedThrottle(ScopedRateThrottle):
    """Limits by the view's `throttle_scope`, with the rates of `settings.THROTTLE_RATES`; none set, none applied.

    Reading is free and only other methods count, unless the view sets `throttle_reads`.
    """

    def get_rate(self) -> str | None:
        rate: str | None = settings.THROTTLE_RATES.get(self.scope or "")
        return rate

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS") and not getattr(view, "throttle_reads", False):
            return True
        return bool(super().allow_request(request, view))


class _House(APIView):
    """How every view of ours is asked and answers: an answer carries an ETag, and a GET that names it gets 304.

    `area` is what a token needs a scope for (`common.scopes`); without one, no token is let in. `only_reads` says that
    even POST changes nothing, so that the scope to read is enough.
    """

    # The token first: whoever sends one gets no further than it reaches, a session beside it or not.
    authentication_classes = [BearerToken, SignedInByApp, SignedInBySession]
    parser_classes: list[type[BaseParser]] = [StrictJSONParser]
    throttle_classes = [ScopedThrottle]
    throttle_scope = ""
    throttle_reads = False
    area = ""
    only_reads = False

    def check_permissions(self, request: Request) -> None:
        if lacks_it(request.user):
            raise SecondFactorRequired()
        check_scope(request, self)
        super().check_permissions(request)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return conditional_page(super().as_view(**initkwargs))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        if not final.has_header("Cache-Control"):
            patch_cache_control(final, private=True, no_cache=True)
        return final


class View(_House):
    """One resource, or one step of it."""


class Listing(_House, generics.ListAPIView[AnyModel]):
    """A list, paged by key. Subclasses give `serializer_class`, `get_queryset` and, if it is not `-id`, `ordering`."""

    pagination_class = KeysetPagination
    ordering: str | tuple[str, ...] = "-id"


def actor(request: Request) -> User:
    """The person who is signed in; 401 for anybody else."""
    if not isinstance(request.user, User):
        raise NotAuthenticated()
    return request.user


def asked(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The checked fields of the request's body."""
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def answer(serializer: type[BaseSerializer[Any]], thing: Any, request: Request, *, status: int = 200) -> Response:
    """`thing` as the answer."""
    return Response(serializer(thing, context={"request": request}).data, status=status)
