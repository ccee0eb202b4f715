"""Signing in as a person, with all that is theirs: by a browser's cookie, or by an app's `X-Session-Token`."""

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common.models import User

__all__ = ["SignedInByApp", "SignedInBySession"]


class SignedInBySession(SessionAuthentication):
    """A browser's session. Anonymous requests are answered 401 and not 403, as for every other way to sign in."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class SignedInByApp(XSessionTokenAuthentication):  # type: ignore[misc]
    """An app's session, begun under `/api/auth/app/`."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        if "X-Session-Token" not in request.headers:
            return None
        found = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed("This session has ended. Sign in again.")
        return found[0], None
