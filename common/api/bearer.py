"""Signing in by API token: `Authorization: Bearer vns_…`, and no further than its scopes."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common import tokens
from common.errors import PermissionRefused
from common.models import ApiToken, User
from common.scopes import scope

__all__ = ["BearerToken", "check_scope", "needed"]

READING = ("GET", "HEAD", "OPTIONS")


class ScopeMissing(PermissionRefused):
    code = "scope_missing"
    title = "This token has no scope for this. Make one that has."


class BearerToken(BaseAuthentication):
    """The person whose token it is, and the token as `request.auth`. `Token` is taken for `Bearer`, as it once was."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() not in ("bearer", "token"):
            return None
        token = tokens.known(secret.strip())
        if token is None or not token.user.is_active:
            raise AuthenticationFailed("This token is not known. Make one under “API tokens” in your account.")
        if token.revoked_at is not None:
            raise AuthenticationFailed("This token was revoked. Make a new one.")
        if token.expires_at <= timezone.now():
            raise AuthenticationFailed("This token has expired. Make a new one.")
        tokens.note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def needed(view: Any, method: str) -> str:
    """The scope that a token needs for this; empty if no token will do."""
    area: str = view.area
    return scope(area, write=method not in READING and not view.only_reads) if area else ""


def check_scope(request: Request, view: Any) -> None:
    """Refuse a token that does not reach here. Other ways to sign in have no scopes."""
    token = request.auth
    if not isinstance(token, ApiToken):
        return
    wanted = needed(view, request.method or "")
    if not wanted:
        raise ScopeMissing("No token opens this. Sign in with your browser.")
    if wanted not in token.scope_list:
        raise ScopeMissing(f"This needs a token with the scope {wanted}.", scope=wanted)
